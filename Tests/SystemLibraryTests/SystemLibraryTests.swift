import CHyperscan
import COpenSSL
import CPCRE2
import Testing

/// The libraries of the system are found, linked and recent enough (Debian 12 has PCRE2 10.42, Hyperscan 5.4 and OpenSSL
/// 3.0).
@Suite struct SystemLibraryTests {
    @Test func pcre2HasJustInTimeCompilation() {
        var hasJIT: UInt32 = 0
        #expect(pcre2_config_8(UInt32(PCRE2_CONFIG_JIT), &hasJIT) == 0)
        #expect(hasJIT == 1)
        #expect((PCRE2_MAJOR, PCRE2_MINOR) >= (10, 42))
    }

    @Test func hyperscanRunsHere() {
        #expect(hs_valid_platform() == HS_SUCCESS)
        #expect((HS_MAJOR, HS_MINOR) >= (5, 4))
    }

    @Test func openSSLIsOfTheThirdGeneration() {
        #expect(OPENSSL_version_major() >= 3)
        let method = TLS_method()
        #expect(method != nil)
    }
}
