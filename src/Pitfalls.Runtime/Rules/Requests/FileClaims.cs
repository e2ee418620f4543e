namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>What media types and extensions promise. What is not here promises nothing that first bytes could break: texts, and what nobody knows.</summary>
internal static class FileClaims
{
    public static IReadOnlyList<FileClaim> All { get; } =
    [
        // Pictures. Servers, browsers and cameras tell the formats of an icon file, and those of the HEIF family, by the bytes themselves.
        new("image/png", ["image/png", "image/x-png", "image/apng"], ["png", "apng"], ["png"]) { IsNeverText = true },
        new("image/jpeg", ["image/jpeg", "image/jpg", "image/pjpeg"], ["jpg", "jpeg", "jpe", "jfif"], ["jpeg"]) { IsNeverText = true },
        new("image/gif", ["image/gif"], ["gif"], ["gif"]) { IsNeverText = true },
        new("image/webp", ["image/webp"], ["webp"], ["webp"]) { IsNeverText = true },
        new("image/bmp", ["image/bmp", "image/x-ms-bmp", "image/x-bmp"], ["bmp"], ["bmp"]) { IsNeverText = true },
        new("image/tiff", ["image/tiff", "image/x-tiff"], ["tif", "tiff"], ["tiff"]) { IsNeverText = true },
        new("image/x-icon", ["image/x-icon", "image/vnd.microsoft.icon"], ["ico", "cur"], ["icon", "png", "bmp", "gif", "jpeg"]) { IsNeverText = true },
        new("image/heic", ["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence", "image/avif"], ["heic", "heif", "avif"], ["heif", "iso-media"]) { IsNeverText = true },
        new("image/jp2", ["image/jp2", "image/jpx"], ["jp2", "j2k"], ["jpeg-2000"]),
        new("image/jxl", ["image/jxl"], ["jxl"], ["jpeg-xl"]),
        new("image/vnd.adobe.photoshop", ["image/vnd.adobe.photoshop", "image/x-photoshop"], ["psd"], ["photoshop"]),
        new("image/svg+xml", ["image/svg+xml"], ["svg", "svgz"], ["svg", "xml", "gzip"]),

        // Documents. Old office files hide all kinds of text, and protected new ones are in the old container.
        new("application/pdf", ["application/pdf", "application/x-pdf"], ["pdf"], ["pdf"]) { Anywhere = [.. "%PDF-"u8] },
        new("application/postscript", ["application/postscript"], ["ps", "eps", "ai"], ["postscript", "pdf"]) { Anywhere = [.. "%!PS"u8] },
        new("application/rtf", ["application/rtf"], ["rtf"], ["rtf"]),
        new("application/msword", ["application/msword"], ["doc", "dot"], ["ole", "rtf", "zip", "html", "xml"]),
        new("application/vnd.ms-excel", ["application/vnd.ms-excel"], ["xls", "xlt"], ["ole", "zip", "html", "xml", "rtf"]),
        new("application/vnd.ms-powerpoint", ["application/vnd.ms-powerpoint"], ["ppt", "pps"], ["ole", "zip", "html", "xml"]),
        new("an Office document",
            [
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ],
            ["docx", "xlsx", "pptx", "docm", "xlsm", "pptm"], ["zip", "ole"]),
        new("an OpenDocument file",
            ["application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation"],
            ["odt", "ods", "odp"], ["zip", "xml"]),
        new("application/epub+zip", ["application/epub+zip"], ["epub"], ["zip"]),

        // Archives.
        new("application/zip", ["application/zip", "application/x-zip-compressed", "application/x-zip"], ["zip"], ["zip"]),
        new("application/java-archive", ["application/java-archive", "application/vnd.android.package-archive"], ["jar", "war", "apk"], ["zip"]),
        new("application/gzip", ["application/gzip", "application/x-gzip"], ["gz", "tgz"], ["gzip"]),
        new("application/x-7z-compressed", ["application/x-7z-compressed"], ["7z"], ["7z"]),
        new("application/vnd.rar", ["application/vnd.rar", "application/x-rar-compressed", "application/x-rar"], ["rar"], ["rar"]),
        new("application/x-bzip2", ["application/x-bzip2", "application/x-bzip"], ["bz2"], ["bzip2"]),
        new("application/x-xz", ["application/x-xz"], ["xz"], ["xz"]),
        new("application/x-tar", ["application/x-tar"], ["tar"], ["tar"]),

        // Sound and film.
        new("video/mp4", ["video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2"], ["mp4", "m4v", "mov", "3gp"], ["iso-media"]) { Anywhere = [.. "ftyp"u8] },
        new("audio/mp4", ["audio/mp4", "audio/x-m4a", "audio/m4a"], ["m4a"], ["iso-media", "aac"]),
        new("video/webm", ["video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"], ["webm", "mkv", "mka"], ["matroska"]),
        new("video/x-msvideo", ["video/x-msvideo", "video/avi", "video/msvideo"], ["avi"], ["avi"]),
        new("audio/mpeg", ["audio/mpeg", "audio/mp3"], ["mp3"], ["mp3", "aac", "mpeg", "wave"]),
        new("audio/wav", ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"], ["wav"], ["wave"]),
        new("audio/ogg", ["audio/ogg", "video/ogg", "application/ogg"], ["ogg", "oga", "ogv", "opus"], ["ogg"]),
        new("audio/flac", ["audio/flac", "audio/x-flac"], ["flac"], ["flac", "mp3", "ogg"]),
        new("audio/aac", ["audio/aac"], ["aac"], ["aac", "mp3", "iso-media"]),
        new("audio/midi", ["audio/midi", "audio/x-midi"], ["mid", "midi"], ["midi"]),
        new("audio/aiff", ["audio/aiff", "audio/x-aiff"], ["aif", "aiff"], ["aiff"]),
    ];
}
