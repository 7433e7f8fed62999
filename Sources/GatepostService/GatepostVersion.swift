/// Which Gatepost this is.
public enum GatepostVersion {
    public static let text = "0.1.0"
}
