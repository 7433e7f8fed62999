import Testing

@testable import MailMessage

@Suite struct HTMLTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("<b>bold</b> and <i>not</i>", "bold and not"), ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>one</p>\n\n<p>two</p>", "one\ntwo"), ("a  \n\t b", "a b"), ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<td>a</td><td>b</td>", "a b"), ("in<b>ter</b>mediate", "intermediate"),
        ("&lt;b&gt; &amp;amp; &#65;&#x42;&uuml;&euro;&nope;", "<b> &amp; ABü€&nope;"), ("a&nbsp;b", "a b"),
        ("<!-- <p>no</p> -->yes", "yes"), ("<!-- never closed <p>yes", "yes"), ("<!doctype html>x", "x"),
        ("<style>p{}</style>x<script>if (a < b) {}</script>y", "xy"), ("<STYLE>p{}</Style >x", "x"),
        ("<script>never closed", "never closed"), ("<a title=\"a > b\">x</a>", "x"), ("<a title='>'>x</a>", "x"),
        ("<a title=\"never closed>x</a>", "x"), ("<", "<"), ("<a", ""), ("a <3 b", "a <3 b"), ("&", "&"),
        ("&#;x", "&#;x"),
        ("&#128;", "€"), ("&#xD800;", "\u{FFFD}"), ("&#9999999;x", "\u{FFFD}x"), ("a&#10;b", "a b"),
        ("<head><title>t</title></head>x", "x"),
    ])
    func `HTML is reduced to its text`(html: String, text: String) {
        #expect(String(decoding: HTMLText.text(of: Array(html.utf8)), as: UTF8.self) == text)
    }
}
