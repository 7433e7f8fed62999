extension Charset {
    /// Labels of the charsets that we read ourselves.
    static let native: [String: Charset] = [
        "us-ascii": .ascii, "ascii": .ascii, "ansi_x3.4-1968": .ascii, "iso646-us": .ascii,
        "utf-8": .utf8, "utf8": .utf8, "unicode-1-1-utf-8": .utf8,
        "iso-8859-1": .latin1, "iso8859-1": .latin1, "iso_8859-1": .latin1, "latin1": .latin1, "l1": .latin1,
        "windows-1252": .windows1252, "cp1252": .windows1252, "x-cp1252": .windows1252,
    ]

    /// Labels of the charsets that iconv reads, with its name for each. Where mail says a charset and means its
    /// superset, as readers of mail know, the superset stands here.
    static let converted: [String: String] = [
        "iso-8859-2": "ISO-8859-2", "latin2": "ISO-8859-2", "iso-8859-3": "ISO-8859-3", "iso-8859-4": "ISO-8859-4",
        "iso-8859-5": "ISO-8859-5", "iso-8859-6": "ISO-8859-6", "iso-8859-7": "ISO-8859-7",
        "iso-8859-8": "ISO-8859-8", "iso-8859-8-i": "ISO-8859-8", "iso-8859-8-e": "ISO-8859-8",
        "iso-8859-9": "ISO-8859-9", "latin5": "ISO-8859-9", "iso-8859-10": "ISO-8859-10",
        "iso-8859-11": "ISO-8859-11", "iso-8859-13": "ISO-8859-13", "iso-8859-14": "ISO-8859-14",
        "iso-8859-15": "ISO-8859-15", "latin-9": "ISO-8859-15", "iso-8859-16": "ISO-8859-16",

        "windows-1250": "CP1250", "cp1250": "CP1250", "windows-1251": "CP1251", "cp1251": "CP1251",
        "windows-1253": "CP1253", "cp1253": "CP1253", "windows-1254": "CP1254", "cp1254": "CP1254",
        "windows-1255": "CP1255", "cp1255": "CP1255", "windows-1256": "CP1256", "cp1256": "CP1256",
        "windows-1257": "CP1257", "cp1257": "CP1257", "windows-1258": "CP1258", "cp1258": "CP1258",
        "windows-874": "CP874", "cp874": "CP874", "tis-620": "CP874",

        "koi8-r": "KOI8-R", "koi8-u": "KOI8-U", "koi8-ru": "KOI8-U", "koi8-t": "KOI8-T",
        "cp437": "CP437", "ibm437": "CP437", "cp850": "CP850", "ibm850": "CP850", "cp852": "CP852",
        "ibm852": "CP852", "cp855": "CP855", "cp866": "CP866", "ibm866": "CP866",
        "macintosh": "MACINTOSH", "x-mac-roman": "MACINTOSH", "x-mac-cyrillic": "MAC-CYRILLIC",

        "gb2312": "GB18030", "gbk": "GB18030", "cp936": "GB18030", "gb18030": "GB18030", "x-gbk": "GB18030",
        "big5": "CP950", "cp950": "CP950", "big5-hkscs": "BIG5-HKSCS", "euc-tw": "EUC-TW",
        "iso-2022-jp": "ISO-2022-JP", "iso-2022-jp-1": "ISO-2022-JP", "iso-2022-jp-2": "ISO-2022-JP-2",
        "euc-jp": "EUC-JP", "x-euc-jp": "EUC-JP", "shift_jis": "CP932", "shift-jis": "CP932", "sjis": "CP932",
        "x-sjis": "CP932", "cp932": "CP932", "windows-31j": "CP932",
        "euc-kr": "CP949", "ks_c_5601-1987": "CP949", "ksc5601": "CP949", "cp949": "CP949", "uhc": "CP949",
        "iso-2022-kr": "ISO-2022-KR",

        "utf-7": "UTF-7", "utf-16": "UTF-16", "utf-16be": "UTF-16BE", "utf-16le": "UTF-16LE",
    ]
}
