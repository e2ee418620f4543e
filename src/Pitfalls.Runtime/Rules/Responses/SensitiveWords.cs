namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>What kind of secret a name promises; the value has to look like one of its kind.</summary>
internal enum SecretKind : byte
{
    /// <summary>No secret.</summary>
    None,

    /// <summary>Any text: passwords, hashes, secrets, keys, recovery codes.</summary>
    Text,

    /// <summary>A connection string: any text, addresses with a password inside included.</summary>
    Connection,

    /// <summary>The same under a name that may be a connection's own: pairs of key and value.</summary>
    NamedConnection,

    /// <summary>A token that a token response sends on purpose.</summary>
    OAuthToken,

    /// <summary>Text without blanks that nobody would write by hand: a salt is also food, credentials are also degrees.</summary>
    Opaque,

    /// <summary>A password when somebody's name stands beside it: <c>pass</c>.</summary>
    Pass,

    /// <summary>12 to 19 digits.</summary>
    Card,

    /// <summary>3 or 4 digits.</summary>
    CardCode,

    /// <summary>A number that a state gave to a person.</summary>
    PersonalId,

    /// <summary>The same from a tax office; with letters in it, it is a company's.</summary>
    TaxId,

    /// <summary>4 to 12 digits.</summary>
    Pin,

    /// <summary>The same, but an Indian postal code is one of six.</summary>
    PinCode,

    /// <summary>4 to 10 digits.</summary>
    OneTimeCode,

    /// <summary>What the app's own settings call a secret: any text or number.</summary>
    Extra,
}

/// <summary>The words that make a property name a secret's, as data. <see cref="SensitiveNames"/> knows how to read a name.</summary>
internal static class SensitiveWords
{
    /// <summary>
    /// A name is a secret's when it ends in one of these, <see cref="Carriers"/> aside: <c>userPasswordHash</c> yes, <c>passwordLength</c> no.
    /// <c>[a b-c] d</c> stands for "a d" and "b c d"; before <c>^</c> nothing may stand. The longest one that fits wins, so that
    /// <see cref="SecretKind.None"/> makes exceptions.
    /// </summary>
    public static readonly (SecretKind Kind, string Phrases)[] Phrases =
    [
        (SecretKind.Text,
            """
            password, pass word, passwd, passwrd, pwd, pswd, psw, passphrase, pass phrase, passcode, pass code,
            ^[pass pw] [hash salt], [hashed encrypted] [pass pw], hash salt, hash and salt,
            [user usr db database smtp mail email admin ftp sftp root auth login ldap proxy sql mysql postgres redis mqtt imap] [pass pw],
            contraseña, contrasena, contrasenya, senha, mot de passe, motdepasse, mdp, passwort, kennwort, wachtwoord, lösenord, losenord,
            passord, adgangskode, salasana, şifre, sifre, jelszó, jelszo, lozinka, slaptazodis, пароль, 密码, 密碼, パスワード, 비밀번호,
            mat khau, mật khẩu, kata sandi
            """),
        (SecretKind.Text,
            """
            secret, secret [phrase token code], security stamp, psk,
            [recovery backup scratch rescue bypass reset] code, [security secret security-question] answer,
            [seed recovery mnemonic] phrase, [totp otp mfa] seed, service account json, shared access signature
            """),
        (SecretKind.Text,
            """
            [api access secret private priv encryption decryption cipher signing signature hmac symmetric symmetric-security aes jwt account master
            admin auth authentication authenticator authorization shared pre-shared preshared subscription service-account consumer session recovery sas
            mac ssl tls certificate wifi wpa wep data-protection] key
            """),
        (SecretKind.Text,
            """
            [bearer session reset auth authentication authorization api api-key jwt web oauth personal security sas remember remember-me activation
            confirmation unlock recovery impersonation bot login sso magic-link private runner admin root vault deploy password forgot-password email-verification
            account-verification hashed github gitlab slack discord telegram npm] token
            """),
        (SecretKind.OAuthToken, "[access refresh id] token"),
        (SecretKind.Connection, "[connection conn] [string str], connstr"),
        (SecretKind.NamedConnection, "[default database db sql] connection"),
        (SecretKind.Opaque, "salt, credential, [session auth] cookie"),
        (SecretKind.Pass, "^pass"),
        (SecretKind.Card, "[card cc] [number num], card no, [credit debit] card, pan, card pan, primary account number"),
        (SecretKind.CardCode, "cvv, cvc, cvn, [cvv cvc] code, card security code, card verification [value code number]"),
        (SecretKind.PersonalId,
            """
            ssn, ssn [number no], social security, social security [number no num], [social national] insurance [number no],
            [national government] [id identifier], [national government] id [number no], [national personal] identity number, national identification number,
            [identity id] card [number no], passport [number no num], [driver driving] [license licence], [driver driving] [license licence] [number no], [sin nin] number,
            [aadhaar aadhar], [aadhaar aadhar] [number no], burgerservicenummer, sozialversicherungsnummer, personnummer, fodselsnummer, fødselsnummer
            """),
        (SecretKind.TaxId,
            "[tax taxpayer] [id number identifier], [tax taxpayer] id [number no], [tax taxpayer] identification number, tin number, itin, steueridentifikationsnummer"),
        (SecretKind.Pin, "pin, pin number"),
        (SecretKind.PinCode, "pin code, pincode"),
        (SecretKind.OneTimeCode, "otp, [otp totp one-time two-factor mfa sms fa] code, [email phone sms account] verification code"),
        (SecretKind.None,
            """
            [loyalty gift library member membership playing business insurance reward sim bonus club student health medicare fuel score report]
            card [number no num],
            [company business vendor supplier merchant seller organization organisation employer corporate vat federal account] tax [id number],
            top secret, trade secret, pins, pans, passes
            """),
    ];

    /// <summary>Words that may follow: the secret in another form, or one of several.</summary>
    public const string Carriers =
        """
        hash hashed salt salted digest value text plain plaintext clear cleartext raw encrypted encoded enc base hex string str byte binary
        blob pem xml json der data full verifier md sha bcrypt argon scrypt pbkdf new old current previous prev confirm confirmation repeat again retype temp
        temporary default initial primary secondary live test prod production dev staging user admin root for of and v
        history list b usuario utilisateur benutzer actual anterior nueva atual nova
        """;

    /// <summary>Carriers that turn digits into any text.</summary>
    public const string Disguises = "hash hashed salted digest encrypted encoded enc md sha bcrypt argon scrypt pbkdf";

    /// <summary>Words that, anywhere before, make it a fact about the secret, or a part of it that may be shown.</summary>
    public const string Asks =
        """
        is are was has have had require requires required requiring need needs needed must should can could may allow allows allowed enable enables
        enabled disable disables disabled use uses used using support supports supported with without for per no not missing invalid wrong incorrect
        bad fail failed expired min max minimum maximum count total num public publishable mask masked redacted obfuscated truncated hidden partial
        show hide remember display ignore skip include exclude force enforce prompt ask forgot forgotten lost ttl lifetime lifespan
        """;

    /// <summary>Verbs: as the first word, what can be done with a secret. Before a token they say what it is for.</summary>
    public const string Acts =
        """
        forget reset change update set create generate regenerate rotate send enter recover check validate view reveal retrieve get fetch list
        delete remove revoke add edit submit request save
        """;

    /// <summary>What often stands before a secret in names written as one word: <c>userpassword</c>.</summary>
    public const string Companions =
        """
        my app application client customer person employee device server host web hook webhook stripe aws azure google facebook twitter paypal
        openai sendgrid oauth zip wpa key store keystore trust generated retype legacy main portal site benutzer
        """;

    /// <summary>Words of up to three letters that a name written as one word may be made of. Others, such as "pin", hide in too many words.</summary>
    public const string ShortWords =
        """
        id db cc no my pw api key otp ssn cvv cvc pwd psw usr app jwt mfa aes ssl tls wpa ftp sql str new old sas bot sso npm num web enc hex
        """;
}
