/** The vocabulary by which field names are judged; see `key-name.ts` for how it is used. */

/** The words of a list that has blanks and line ends between them. */
export function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** A person chose the value. */
export const passwordWords = words(`
  password passwords passwd passwort passphrase passcode pwd pw psw pswd motdepasse senha contrasena contraseña kennwort wachtwoord mnemonic seedphrase authpass privpass bindpw rootpw requirepass
  masterauth psk storepass keypass bindpasswd userpw masterpass auth-pass passord adgangskode lösenord losenord salasana parola parole haslo hasło heslo lozinka jelszo jelszó şifre sifre parool
  slaptazodis slaptažodis lykilorð contrasenya pasahitza fjalekalimi katasandi sandi matkhau пароль пароля парола лозинка κωδικός συνθηματικό סיסמה סיסמא 密码 密碼 口令 暗証番号 パスワード 비밀번호 암호 รหัสผ่าน पासवर्ड رمز
  سر المرور laluan geheimnis geheimwort losungswort zugangscode`);

/** A machine made the value. */
export const tokenWords = words(`
  token apikey accesskey secretkey privatekey authkey masterkey signingkey apitoken authtoken accesstoken refreshtoken bearertoken idtoken sessiontoken clientsecret appsecret jwt sastoken accountkey
  sharedkey skey transactionkey servicekey routingkey subscriptionkey appkey serverkey storagekey apisecret consumersecret encryptionkey licensekey presharedkey deploykey bottoken identitytoken authcode
  hmackey tokensecret usertoken servicetoken webhooksecret sharedaccesskey instrumentationkey`);

/** Used for other things too. */
export const weakWords = words(`
  pass private secrets tokens auth credential credentials creds sessionid phpsessid jsessionid asp.net_sessionid salt bearer passkey assertion verifier xoxp csrf xsrf clé clef cle chave klucz klic klíč kulcs
  cheie anahtar avain nyckel nøkkel nokkel sleutel schlüssel schluessel jeton ficha gettone żeton zeton segredo secreto segreto hemlighet hemmelighed hemmelighet tajemství tajemstvi gizli kunci ключ
  секрет токен κλειδί 密钥 密鑰 令牌 鍵 キー トークン 키 토큰 비밀키 מפתח مفتاح`);

/** Telling only as a parameter of a link or form, where a bare word is the whole name. */
export const queryWords = words(`
  key sig signature code ticket assertion samlresponse samlrequest hmac auth k verifier sid appid`);

/** A short number that is a secret. */
export const digitWords = words('pin otp totp cvv cvc mfacode otpcode pincode securitycode');

/** Words that make a following "key" a secret one; "public", "partition", "cache" and the like do not. */
export const keyQualifiers = words(`
  api access secret private signing encryption master shared account auth client storage license licence validation routing transaction cosmos cosmosdb fernet django flask app application consumer
  deploy hmac aes rsa preshared privacy priv admin session webhook integration subscription ingest ingestion functions unseal recovery crypto cipher jwt token openai anthropic datadog dd algolia sendgrid mailgun
  twilio google gcp aws azure maps gemini mistral cohere groq instrumentation developer provisioning enrollment authentication decryption security tsig rndc wireguard merchant partner brevo resend
  honeycomb newrelic rollbar bugsnag segment mixpanel amplitude stripe write read`);

/** Words before "key" that make it a name of data rather than a secret; behind any other word the value decides. */
export const plainKeyWords = words(`
  public websocket socket from to restore saved partition sort cache row object registry idempotency message group index map label etcd translation dedup dedupe deduplication foreign unique hash lookup
  range file record sharding shard bucket image blob event topic kafka metric config settings option property field json dict dictionary attribute item entity composite natural surrogate search query
  press down up arrow hot short any missing unknown invalid bad duplicate the a this that each no for by with of kms gpg pgp pub s3 aggregation job queue lock redis memcached storage i18n locale node
  kernel pod resource workload namespace signature kid jwk jwks identity sequence correlation`);

/** Words before "code" that make it a one-time code. */
export const codeQualifiers = words(
  'verification time otp mfa 2fa tfa pass security confirmation login sms backup recovery pin access',
);

/** Words that make a following "key" worth a look at its value. */
export const weakQualifiers = words(`
  primary secondary feature tenant site organization service server user project bot interface rails host ssh`);

/** Words before "token" that make it a cursor or a piece of syntax. */
export const cursorWords = words(`
  next page continue continuation cancellation cancel fencing resume sync start eos bos pad unexpected mask unk sep cls stop parse lexer previous change delta pagination cluster nextpage`);

/** Words before "secret" that make it, as often as not, the name of a Secret. */
export const secretReferences = words('credentials existing pull imagepull tls image cert certificate ca');

/** Words after the telling one that do not change what the value is. */
export const neutralWords = words(`
  value values val plain plaintext text raw string str data b64 base64 encoded enc encrypted new old current next prod production dev development stage staging test live default main primary secondary
  base bd bdd banco bazy backup confirm confirmation again repeat global local db database env hash hashed v hex pem header override input in content literal temp temporary initial auth ro rw sha`);

/** Words after the telling one that make it a name, a place, a number or a property. */
export const harmlessWords = words(`
  file files filename path paths dir directory name names ref refs reference id ids url urls uri endpoint endpoints type types count counts length len expiry expires expiration expired ttl age at policy
  policies enabled disabled required version size limit limits usage used rotation rotated manager provider providers store method mode algorithm alg field issuer format source location lifetime timeout
  interval index position offset max min per budget bucket budgets review reviewer reviews request requests response error errors status state code reset fail tracker change changed strength valid
  invalid validator validation audience scope scopes template label title hint prompt service account class controller handler filter parser generator helper factory encoder decoder exchange header kind
  authority rule rules bits selector mount mounts volume namespace cache renewal grace fingerprint fingerprints list lists update updated created missing found is has verified attempts history owner
  last date time seconds minutes hours days ms stdin command cmd script rate rates number num window java go py js ts rb rs php cs yaml yml json xml conf txt log html sh so dll exe`);

/** Names written in one piece that end in a telling word. */
export const squashedPassword =
  /(?:password|passwd|passphrase|passwort|[a-z]{3}pwd|defaultpass|(?:user|db|root|admin|smtp|mail|ftp|ldap|bind|sql|redis|mongo|my|pg)(?:pwd|pass|pw)|psk)$/;

/** See `squashedPassword`. */
export const squashedToken =
  /(?:secret|token|apikey|secretkey|accesskey|privatekey|privkey|authkey|signingkey|encryptionkey|masterkey|accountkey|licensekey|routingkey|subscriptionkey|appkey|serverkey|storagekey)$/;

/** Parts of words that tell of a secret; each hit is widened to the whole identifier and judged by its words. */
export const stems = words(`
  pass pwd pw psw secret token key auth cred cookie sess sig jwt otp seed pin cvv cvc psk mnemonic phrase salt hmac bearer code _pat -pat honeycomb-team sonar.login ticket assertion saml csrf xsrf
  verifier appid communit private p4ss p5w ps5w pssw p55w pasw pa5w pas5 pa55 p45w p455 p4s5 pword tokn secrt apik senha contrase kennwort wachtwoord clave chiave chave sandi matkhau salasana adgangskode
  parol heslo lozinka lozin jelsz slapta fjalekalim geheim losung losenord lösenord haslo hasło sifre şifre clef cle_ clé schl schlüssel zugang zugriff jeton ficha segred segret secreto gettone żeton
  sleutel toegang nyckel hemlig hemmel nokkel nøkkel avain klucz klic klíc klič klíč kulcs cheie anahtar gizli tajem tajemství kata kunci rahsia khẩu парол лозинк κωδικ συνθημ סיסמ 密码 密碼 密钥 密鑰
  口令 暗証 パスワード 비밀 암호 รหัสผ่าน पासवर्ड ключ секрет токен κλειδ 令牌 秘密 訪問 访问 鍵 トークン キー 토큰 키 מפתח مفتاح كلمة رمز`);

/** Words in one piece that end in a word for key or token; most scripts of the East separate nothing. */
export const squashedKey = /(?:schl(?:ü|ue)ssel|sleutel|nyckel|密[钥鑰]|令牌|鍵|キー|トークン|키|토큰)$/;

/** What people type for "password", "secret", "token" and "api key". */
export const oddPassword = /^p[a4@]?[s5$]{0,2}[-_]?w(?:[o0]?r?[do]|or)$|^pass?o(?:wrd|rd)$/;
export const oddToken = /^(?:tokn|tokne|secrt|sercet|secert|api[-_]?k(?:ee|ay|ye)|apikee)$/;
