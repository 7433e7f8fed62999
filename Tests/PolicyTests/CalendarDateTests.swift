import Policy
import Testing

@Suite struct CalendarDateTests {
    struct Row: Sendable {
        let seconds: Int64
        let offset: Int
        let date: String
        let weekday: Int
        let hour: Int
    }

    @Test(arguments: [
        Row(seconds: 0, offset: 0, date: "Thu, 1 Jan 1970 00:00:00 +0000", weekday: 4, hour: 0),
        Row(seconds: -1, offset: 0, date: "Wed, 31 Dec 1969 23:59:59 +0000", weekday: 3, hour: 23),
        Row(seconds: 951_782_400, offset: 0, date: "Tue, 29 Feb 2000 00:00:00 +0000", weekday: 2, hour: 0),
        Row(seconds: 1_795_460_479, offset: 3600, date: "Mon, 23 Nov 2026 20:01:19 +0100", weekday: 1, hour: 20),
        Row(seconds: 1_795_460_479, offset: -12_600, date: "Mon, 23 Nov 2026 15:31:19 -0330", weekday: 1, hour: 15),
        Row(seconds: 4_107_542_399, offset: 0, date: "Sun, 28 Feb 2100 23:59:59 +0000", weekday: 7, hour: 23),
        Row(seconds: 4_107_542_400, offset: 0, date: "Mon, 1 Mar 2100 00:00:00 +0000", weekday: 1, hour: 0),
    ])
    func printsTheDateOfAMessage(_ row: Row) {
        let moment = Moment(nanoseconds: 0, epochSeconds: row.seconds, offsetFromUTC: row.offset)
        let date = CalendarDate(moment)
        #expect(date.messageDate == row.date)
        #expect(date.weekday == row.weekday)
        #expect(date.hour == row.hour)
    }
}
