import { createShapeRule, readRows } from './rows.ts';

/**
 * Secrets that their shape or their place alone tells: tokens of authentication, statements of SQL, password hashes, files and
 * directives of programs, links, one-time codes, formats of vendors without a fixed prefix. See `readRows`.
 */
export const placeRows = readRows(String.raw`
  jwt  eyj  -  /(^|\\[nrt]|[^\w-])(eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*){0,3})/g  # RFC 7519 and 7516: base64url of a JSON object, a dot, more of the same; also cut off or without a dot when it is the header of a token that begins as all of them do.
  jwt  eyj  -  /(^|\\[nrt]|[^\w-])(eyJ(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi|4NXQiOi)[\w-]{8,})/g
  docker-auth  eyjhdxrocyi6,ewogicjhdxrocyi6,ewojimf1dghzi  -  /()((?:eyJhdXRocyI6|ewogICJhdXRocyI6|ewoJImF1dGhzI)[\w+/=-]*)/g
  authorization  bearer  bearer  /(\bbearer(?:[\s:=]|%20|\+|\\{0,4}["']){1,4})([A-Za-z0-9._~+/-]{8,}=*)/gi
  authorization  basic  basic  /(\bbasic(?:[\s:=]|%20|\+){1,4})([+A-Za-z0-9/_-]{4,}=*)/gi
  password  ·login·  -  /((?:^|[>:]\s)[A-Za-z]{0,4}\d{1,6} LOGIN ["']?[^\s"']{1,64}["']? ["']?)([^\s"']{4,128})/g  # a001 LOGIN alice "x": IMAP
  authorization  auth·,authenticate·  unspoken  /(\bAUTH(?:ENTICATE)?\s{1,4}(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|GSSAPI)\s{1,4})([+A-Za-z0-9/=]{4,})/gi  # RFC 4954 and 3501: SASL PLAIN is base64 of NUL user NUL password.
  password  auth·  no-mechanism  /((?:^|[>$\]]\s|\bHELLO \d )AUTH\s{1,4}(?:[\w.-]{1,64}\s{1,4})?["']?)([^\s"']{4,512})(["']?)$/g
  password  pass·  no-result  /((?:[.>:]\s|--> |\bUSER \S{1,64} )PASS\s)(\S{3,512})$/g  # FTP and POP3: behind an arrow all, at the start of a line only what looks chosen (test runners print PASS, too)
  password  identified  -  /(\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}\S{1,64}\s{1,4})?BY\s{1,4}(?:PASSWORD\s{1,4})?\\{0,4}["'])([^\s"';\\]+)/gi  # SQL: IDENTIFIED BY 'x', WITH PASSWORD 'x', PASSWORD('x') Unquoted only behind a statement: prose says "identified by the name".
  password  identified  unspoken  /(\b(?:USER|ROLE|GRANT)\b.{1,200}\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}\S{1,64}\s{1,4})?BY\s{1,4}(?:PASSWORD\s{1,4})?)([^\s"'\x60;\\]+)/gi
  password  set·password,pragma,community,auth-pass,securestring  -  /(\bSET PASSWORD FOR [^=]{1,100}=\s{0,4}["']|\bPRAGMA (?:re)?key\s{0,4}=\s{0,4}["']|\bsnmp-server community |\bauth-pass \S{1,64} |SecureString (?:-String )?["'])([^\s"']+)/gi
  password  password·,passwort·,mot·de·passe·,contraseña·,senha·,wachtwoord·  no-hash  /(\b(?:passwor[dt]|mot de passe|contraseña|senha|wachtwoord) [^:=]{1,100}:\s)(\S{8,})/gi  # First starts of MySQL, Elasticsearch, Jenkins: "a temporary password is generated for root@localhost: x"
  password  password·for  password  /(\bpassword for (?:user )?[\w@.-]{1,60}(?: user)?\s{1,3}(?:(?:has been |was |is )(?:(?:re)?set |changed )?(?:to )?|(?:re)?set |changed |to )["']?)([^\s"']{6,})/gi
  password  ·is·the·,·is·your·,·is·a·  with-digit  /((?:^|\s)["']?)([^\s"']{6,64})(["']? is (?:the|your|a) [a-z ]{0,30}(?:password|token|secret|key)\b)/g
  password  loginmodule  -  /(\buser_\w{1,64}=\\{0,4}["'])([^"'\\]+)/g
  password-hash  /\$2/  -  /()(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{20,})/g  # crypt(3), PHC strings, LDAP and framework hashes
  password-hash  $argon2,$scrypt,$pbkdf2,$1$,$5$,$6$,$y$,$7$,$gy$,$apr1$,$sha1$,$md5,$bcrypt  -  /()(\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16}|[156y]|7|gy|apr1|sha1|md5|bcrypt[\w-]{0,16})\$[\w./+=,$-]{12,})/g
  password-hash  {sha,{ssha,{smd5,{md5,{crypt,{pbkdf2,{argon2,{bcrypt  -  /(\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2|BCRYPT)\})([\w./+=$,-]{8,})/gi
  password-hash  md5  -  /(^|[^\w-])(md5[0-9a-f]{32})\b/g
  password  {plain,{clear  -  /(\{(?:PLAIN|CLEAR|CLEARTEXT)\})([^\s:"']{3,128})/g
  password-hash  scram-sha  -  /()(SCRAM-SHA-(?:1|256|512)\$[\w+/=:$]{16,})/g
  password-hash  pbkdf2,scrypt,bcrypt_sha256,argon2  -  /()(\b(?:pbkdf2(?:_sha\d{1,3}|:sha\d{1,3})|scrypt|bcrypt_sha256|argon2)[$:][\w./+=:,$-]{16,})/g
  authorization  signature=  -  /(\bSignature=\\{0,4}["']?)([+A-Za-z0-9/%_-]{20,}=*)/gi  # AWS Signature Version 4 and relatives in a header or canonical request
  authorization  oauth_signature,response=  -  /(\b(?:oauth_signature=\\{0,4}["']?|response=\\{0,4}["']))([\w+/%=-]{16,})/gi
  password  pgp_sym_  -  /(\bpgp_sym_(?:en|de)crypt\([^()']{1,200},\s?')([^']{4,200})(')/gi
  password  acl·setuser,user·  -  /((?:\bsetuser|^user|[:'] ?user)\s[\w.-]{1,64}\s(?:[^\s>#]{1,64}\s){0,8}[>#])([^\s"']{3,200})/gi  # ACL SETUSER app on >password
  password  credential,zugangsdaten,identifiants,credencial,credenzial,inloggegevens  unspoken  /(\b(?:credentials?|zugangsdaten|identifiants|credencia(?:le|i)s|credenziali|inloggegevens)[\w ]{0,24} ?[:=] ?[\w.@-]{1,64} ?[/:] ?)([^\s"'/]{4,128})/gi  # Default credentials: admin / x
  password  stats·auth,addauth·digest,login=  -  /(\b(?:stats auth|addauth digest|login=)\s?[\w.@-]{1,64}:)([^\s"']{3,128})/g  # haproxy, ZooKeeper, squid: user:password behind a directive
  password  server·key,insecure-password,neighbor,username·,community·  unspoken  /((?:\b(?:(?:tacacs|radius)-server key|insecure-password|r[ow]community|neighbor [\da-f.:]{1,64} password)|^\s{0,8}username \S{1,64} (?:privilege \d{1,2} )?(?:password|secret))\s(?:\d\s)?)(\S{3,128})/g  # Cisco, haproxy: directives that separate by blanks
  secret  encrypt  -  /(\bencrypt["']?\s{0,4}[:=]\s{0,4}["']?)([+A-Za-z0-9/]{22,44}={0,2})/g  # Consul, Nomad, Serf: the key of the gossip
  secret  ::add-mask,::set-output  -  /(::add-mask::|::set-output name=\w{0,40}(?:token|secret|password|key)\w{0,20}::)(\S{4,512})/gi  # Commands of build services
  code  code,otp  -  /(\b(?:(?:verification|one-time|security|confirmation|backup|recovery|sign-in|login|auth|authentication|2fa|mfa) (?:pass)?code|otp(?:: code)?|passcode)(?: (?:for|sent to) [+\w@.-]{1,40})?(?: is)?[: ]{1,2}["']?)(\d{4,10}|\d{1,5}[0-9a-z]{0,5}-[0-9a-z]{4,6})\b/gi  # One-time codes
  code  ·is·your·  -  /(^|[\s"'>])(\d{4,10})( is your [\w -]{0,40}code\b)/gi
  secret  license,licence,product,activation,serial  -  /(\b(?:licen[cs]e|product|activation|serial)[ _-]?(?:key|code|number)?(?: is)?[:= ]{1,3}["']?)([A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){3,7})\b/gi  # XXXXX-XXXXX-XXXXX-XXXXX
  private-key  mii  -  /()(MI[+A-Za-z0-9/]{4,6}(?:IBAzC|BgkqhkiG9w0BBQ)[+A-Za-z0-9/]{40,16384}={0,2})/g  # PKCS#12 and encrypted PKCS#8 on one line
  password  ·using·  -  /(\buser\s{1,4}\S{1,64}\s{1,4}using\s{1,4}["']?)([^\s"';]{4,128})/gi  # CONNECT TO sample USER db2inst1 USING password
  private-key  kty  -  /(["'](?:d|p|q|dp|dq|qi|k)\\{0,4}["']\s?:\s?\\{0,4}["'])([\w-]{16,1400})/g  # A JSON Web Key (RFC 7517): d, p, q, dp, dq, qi and k are private
  password  wifi:  -  /(\bWIFI:(?:[^;:]:[^;]{0,64};){0,4}P:)([^;]{4,128})/g  # WIFI:S:name;T:WPA;P:x;;
  secret  base64:  -  /((?:^|["'=\s])base64:)([+A-Za-z0-9/]{43}=)/g  # Laravel and Rails write keys so.
  private-key  private-lines  -  /(Private-Lines: \d{1,3} )([+A-Za-z0-9/= ]{20,4096})/g
  secret  reset/,password/  -  /(\/(?:reset|password)\/[\w-]{1,16}\/)([0-9a-z]{1,13}-[0-9a-f]{20,64})\b/gi  # Django: /reset/<user>/<token>
  secret  reset,verif,confirm,activat,invit,magic,unsubscribe  token20  /(\/(?:(?:password-)?reset(?:-password)?|verify(?:-email)?|confirm|activat(?:e|ion)|invit(?:e|ation)s?|magic(?:-link)?|unsubscribe)\/)([\w-]{20,512})/gi
  secret  key=  uuid  /([?&](?:[a-z]{0,12}[_-]?key)=)([0-9a-f-]{36})\b/gi  # a key in a link that looks as an id
  secret  receiver/v1/  -  /(\/receiver\/v1\/\w{2,8}\/)([\w+/=-]{40,200})/g  # Sumo Logic's collectors
  password  /(?:^|["'])[\w.*-]{1,128}:[\d*]{1,5}:/  no-number  /((?:^|["'])[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w*.-]{1,64}:[\w.@-]{1,64}:)([^\s:"']{4,128})(["']|$)/g  # ~/.pgpass: host:port:database:user:password
  password-hash  :::  -  /(:[0-9a-fA-F]{32}:)([0-9a-fA-F]{32})(:::)/g  # pwdump and secretsdump: user:id:LM hash:NT hash:::
  secret  keys/,key/,token/,tokens/,reset,verify,confirm/,activate/,invit,magic,unsubscribe/,auth/,session/,sessions/,login/,hook/,hooks/,callback/,access/  mixed20  /(\/(?:api-?_?keys?|tokens?|reset|reset[-_]password|password[-_]reset|verify|verify[-_]email|confirm|activate|invites?|invitations?|magic|magic[-_]links?|unsubscribe|auth|sessions?|login|web-?hooks?|hooks?|callback|access)\/)([\w-]{20,512})/gi  # Links whose path carries the token: /reset-password/<token>, /apikey/<token>
  secret  hook/,hooks/,/t/  token-or-uuid  /(\bhttps?:\/\/[^\s"']{1,200}\/(?:web)?(?:hooks?|t)\/)([\w-]{20,512})/g  # A webhook's address is its secret.
  secret  seed,phrase,mnemonic,words  -  /(\b(?:seed|phrase|mnemonic|words)["']?\s?[:=]\s?["']?)((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b/gi  # The words of a wallet (BIP 39)
  password  auth  -  /(\bAUTH\s{1,4}(?:\$\d{1,4}\s{1,4}\S{1,64}\s{1,4})?\$\d{1,4}\s{1,4})([^\s"']{3,512})/g  # on the wire
  secret  input/,intake/,ingest/,collect/  token20  /(\/(?:input|intake|ingest|collect)\/)([\w-]{20,200})/g
  password  parameters:  chosen  /(\b(?:pass|secret|token)[^\n]{1,400}?\bparameters: [^\n]{0,200}?\$\d{1,2} = ')([^']{6,200})(')/gi
  password  .logon·  -  /(\.LOGON \S{1,128}\/[\w.-]{1,64},)([^\s;]{3,128})/gi  # .LOGON host/user,password
  password  user=,bundle_  chosen  /(\b(?:user|BUNDLE_\w{1,80})[=:] ?["']?[\w.-]{1,64}:)([^\s:@/"']{6,128})["']?$/g  # coturn: user=name:password
  password  createuser·  -  /(\bcreateUser \S{1,64} (?:MD5|SHA[\w-]{0,6}) ["']?)([^\s"']{4,128})/g
  password-hash  /::/  -  /(::[\w.-]{0,64}:[0-9a-f]{16}:)([0-9a-f]{32})(:)/gi  # user::domain:challenge:response, as tools print NTLM answers
  secret  rtmp  -  /(\brtmps?:\/\/[^\s"'/]{1,128}\/[\w.-]{1,64}\/)([\w-]{12,128})/g  # The name of a live stream is its key.
  secret  "bearer,-oauth,-token  -  /(\b(?:bearer|[a-z]{2,12}-oauth|[a-z]{2,12}-token)\\{0,4}"\s?:\s?\{\s?\\{0,4}"[\w.-]{1,128}\\{0,4}"\s?:\s?\\{0,4}")([^"\\]{8,512})/g  # Composer's and Kaggle's files
  url-password  @tcp,@udp,@unix,@cloudsql  -  /((?:^|[\s"'\x60=])[\w.-]{1,64}:)([^\s"'\x60]{1,128})(@(?:tcp6?|udp|unix|cloudsql)\()/g  # user:password@tcp(host:3306)/db, the data source name of Go's MySQL driver
  url-password  thin:,oci:,sqlplus  -  /((?:(?:thin|oci):|\bsqlplus\s(?:-[a-z]\s){0,3})[\w$#]{1,64}\/)([^\s"'\x60@/]{1,128})(@)/gi  # thin:scott/tiger@host, sqlplus scott/tiger@host
  url-password  /@/  chosen  /((?:^|[\s"'\x60=,(])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,16}:)([^\s"'\x60,]{6,64})/gi  # user@host.domain:password, as lists of stolen accounts have it
  url-password  /@/  no-version  /((?:^|[\s"'\x60=,(])[\w.-]{1,64}:)([^\s"'\x60:@/,]{6,128})(@(?:(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,16}\b|localhost\b|\d{1,3}(?:\.\d{1,3}){3}|[\w-]{1,63}:\d{2,5}\b))/gi  # user:password@host.domain or @host:port without a scheme
  stripe-token  _secret_  -  /(^|[^A-Za-z0-9_.~-])((?:pi|seti|cs|src|cus|sub|si|in|acct)_[A-Za-z0-9_]{14,80}_secret_[A-Za-z0-9]{16,200})\b/g  # The client secret of a payment: its id and what lets a browser confirm it
  salesforce-token  00d  -  /(^|[^A-Za-z0-9_.~-])(00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{30,256})\b/g
  telegram-token  :aa  -  /(^|[^A-Za-z0-9]|bot)(\d{8,10}:AA[\w-]{32,34})/g
  telegram-token  telegram.org/bot  -  /(telegram\.org\/bot)(\d{6,12}:[\w-]{30,40})/g
  discord-token  /[MNO][\w-]{23,27}\./  -  /(^|[^A-Za-z0-9_.~-])([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})\b/g
  firebase-token  :apa91b  -  /(^|[^\w-])(AAAA[\w-]{7}:APA91b[\w-]{60,200})/g
  paseto  .local.,.public.  -  /(^|[^A-Za-z0-9_.~-])(v[1-4]\.(?:local|public)\.[\w-]{20,2048}(?:\.[\w-]{1,512})?)\b/g
  mailchimp-token  -us  -  /(^|[^A-Za-z0-9_.~-])([0-9a-f]{32}-us\d{1,2})\b/g
  mailgun-token  /-[0-9a-f]{8}-[0-9a-f]{8}/  -  /(^|[^A-Za-z0-9_.~-])([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})\b/g
  azure-token  q~  -  /(^|[^A-Za-z0-9_.~-])([\w~.-]{3}\dQ~[\w~.-]{30,36})/g
  azure-token  azdo,+ast,azfu,+acr,acdb,azse,aapim,+arm,+aeh,+aio,azca,jqqj99  -  /(^|[^A-Za-z0-9+/])([+A-Za-z0-9/]{32,96}(?:AZDO|\+ASt|AzFu|\+ACR|ACDb|AzSe|AAPIM|\+ARm|\+AEh|\+AIo|AzCa|JQQJ99)[+A-Za-z0-9/]{2,64}={0,2})/g
  terraform-cloud-token  .atlasv1.  -  /(^|[^A-Za-z0-9_.~-])([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,90})\b/g
  new-relic-token  nral  -  /(^|[^A-Za-z0-9_.~-])([0-9a-zA-Z]{28,40}NRAL)\b/g
  github-token  v1.  -  /(^|[^A-Za-z0-9_.~-])(v1\.[0-9a-f]{40})\b/g
  rancher-token  token-,kubeconfig-  -  /(^|[^A-Za-z0-9_.~-])((?:token|kubeconfig)-[a-z0-9.-]{5,40}:[a-z0-9]{54})\b/g
  kubeadm-token  token  -  /(token[\s:="']{1,4})([a-z0-9]{6}\.[a-z0-9]{16})\b/gi
  clickup-token  pk_  -  /(^|[^A-Za-z0-9_.~-])(pk_\d{5,9}_[A-Z0-9]{32})\b/g
  maxmind-token  _mmk  -  /(^|[^A-Za-z0-9_.~-])([A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk)\b/g
  typed-token  _live,-live,_test,-test,_prod,-prod,_sk,-sk,_pat,-pat,_secret,-secret,_token,-token,_tok,-tok,_key,-key,_api,-api  typed-token  /(^|[^A-Za-z0-9_.~-])([A-Za-z][A-Za-z0-9]{1,11}[_-](?:live|test|prod|sk|pat|secret|token|key|api|tok)[_-][\w-]{16,200})/gi
  typed-token  key_,key-,token_,token-,secret_,secret-,sk_,sk-,pat_,pat-,pri_,pri-,priv_,priv-  typed-token  /(^|[^A-Za-z0-9_.~-])(\w{0,8}(?:key|token|secret|sk|pat|priv?)[_-][\w-]{18,200})/gi
  prefixed-token  /[a-z]\d?[_-][A-Za-z0-9]{30}/  prefixed-token  /(^|[^A-Za-z0-9_.~-])((?:[a-z][a-z0-9]{1,11}[_-]){1,3}[A-Za-z0-9]{30,200})\b/g
  url-password  /@/  -  /(\/\/[\w.-]{1,64}:)([^\s"'\x60@/]{3,128})(@[\w-])/g  # a link that lost its colon
  secret  secret·id,secret_id,secretid  -  /(\bsecret[ _-]?id["']?[:= ]{1,3}["']?)([0-9a-f]{8}-[0-9a-f-]{27})\b/gi
  secret  hmac,[sha  -  /(\[(?:hmac,)?(?:md5|sha\d{0,3}),\[?<<")([^"]{8,512})(">>)/g  # Erlang's arguments
  password  unmarshal·  -  /(\bunmarshal (?:number|string) )(\d{5,40})( into Go struct field \S{0,80}(?:pass|secret|token|pin|pwd))/gi
  password  /@/  -  /(\b[\w$#]{1,30}\/)([^\s"'@\/:]{4,64})(@[\w.-]{1,64}:\d{2,5}\/\w)/g  # Oracle: user/x@host:1521/name
  secret  crypt  -  /(\bcrypt["']?\s?=>\s?\[\s?["']key["']\s?=>\s?["'])([0-9a-f]{32})/g  # Magento
  password  community  password  /(\bcommunity(?: string| name)?[:= ]{1,3}["']?)([^\s"']{6,64})/gi  # SNMP
  password  :·auth·  chosen  /(:\sAUTH\s)([^\s"']{6,512})$/g
  password  cred,login,logon,log·in,auth,401,denied,incorrect,failed  strong  /(\b(?:creds?|credentials?|log ?(?:in|on)|auth\w{0,12}|401|denied|incorrect|failed)\b["']?(?:\(\) called)?:?(?:\s?[:=]\s?|\s)(?:(?:failed|incorrect|error|called|for|as|with):? ){0,3}[({[]?["']?[a-z][\w.@-]{0,40}["']?(?:\s?[:\/|]\s?|,? (?:with |using )?)["']?)([^\s"',;(){}|[\]=:\/]{6,64})/gi  # An account and then its password: creds: svc x, credentials = ('svc', 'x'), {svc x}, 401 for svc with x
  password  cred,login,logon,log·in,auth,user  strong  /(\b(?:users?|accounts?|creds?|credentials?|log ?(?:in|on)|\w{0,12}auth\w{0,12}|failure|failed)\b:? [({[]?["']?(?:[\w.-]{1,24}\\{1,2})?[a-z][\w.@-]{0,40}(?:[:|]| \/ ))([^\s"',;(){}|[\]=:\/]{6,64})/gi
  password  /\bu=/  -  /(\bu=["']?[\w.@-]{1,64}["']?[,; ]{1,2}p=["']?)([^\s"']{4,128})/g
  secret  splunk  uuid  /(\bSplunk )([0-9a-f-]{36})/gi
  password  cred,login,logon,log·in,auth  chosen  /(\b(?:creds?|credentials?|log ?(?:in|on)|auth\w{0,12})\b["']?:?(?:\s?[:=]\s?|\s)(?:(?:failed|incorrect|error|for|as|with):? ){0,3}["']?[a-z][\w.@-]{0,40}[:\/|])([^\s"',;(){}|[\]=:\/]{6,64})/gi
  password  smb,samba,logon_failure  -  /([\s:][\w.\\-]{1,40}%)([^\s%"']{4,128})$/g
  aws-token  [redacted:aws-token]  -  /(\[REDACTED:aws-token\][\s"',;:/|\\a-z_=-]{0,48}["'\s:=/|,])([A-Za-z0-9/+]{40})\b/gi  # the secret key beside an access key
`);

/** The rule of these rows. */
export const placeSecrets = createShapeRule(placeRows);
