import { alphabets, base64, inventedWord, uuid, type Random } from '../random.ts';
import { password, token, type Batch, type Line, type Make } from './kit.ts';

/** Eighth corpus: crash logs and configurations as the pods of a cluster print them. Written when the rules stood. */

const { alnum, hex, base64url, digits, lowerDigits, upper, pod } = alphabets;
const b64 = alphabets.base64;
const enc = encodeURIComponent;

const made =
  (frame: (s: string) => string, make: (r: Random) => string): Make =>
  (random) => {
    const secret = make(random);
    return [frame(secret), secret];
  };

export const eighthBatch: Batch = {
  'spring failed bind': password(
    (s) =>
      `Failed to bind properties under 'spring.datasource.password' to java.lang.String: Value: "${s}" Origin: System Environment Property`,
  ),
  'spring actuator env': password(
    (s) => `{"name":"systemEnvironment","properties":{"DB_PASSWORD":{"value":"${s}","origin":"x"}}}`,
  ),
  'hibernate url': password(
    (s) =>
      `HHH10001005: Database info: Database JDBC URL [jdbc:postgresql://db/app?user=sa&password=${enc(s)}]`,
  ),
  'flyway config': password((s) => `flyway.password -> ${s}`),
  'quarkus smallrye': password(
    (s) =>
      `SRCFG00014: The config property quarkus.datasource.password is required but value ${s} could not be converted`,
  ),
  'ktor hocon': password((s) => `db { url = "jdbc:x", password = "${s}" }`),
  'play secret': token(alnum, 64, (s) => `play.http.secret.key="${s}"`),
  'akka remote': token(alnum, 24, (s) => `akka.remote.secure-cookie = "${s}"`),
  'tomcat users': password((s) => `<user username="admin" password="${s}" roles="manager-gui"/>`),
  'jetty realm': password((s) => `admin: ${s},server-administrator`),
  activemq: password((s) => `<authenticationUser username="app" password="${s}" groups="users"/>`),
  'zookeeper jaas': password(
    (s) =>
      `Client { org.apache.zookeeper.server.auth.DigestLoginModule required username="bob" password="${s}"; };`,
  ),
  'kafka server jaas': password((s) => `user_alice="${s}" user_bob="x"; LoginModule required`),
  'schema registry url': password((s) => `schema.registry.url=https://sr:${enc(s)}@sr.example.org`),
  'confluent sasl env': token(b64, 64, (s) => `KAFKA_SASL_PASSWORD="${s}"`),
  'debezium json': password(
    (s) => `"database.history.consumer.sasl.jaas.config": "required username=\\"k\\" password=\\"${s}\\";"`,
  ),
  'django databases': password(
    (s) => `DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'PASSWORD': '${s}'}}`,
  ),
  'flask config': token(hex, 48, (s) => `<Config {'DEBUG': False, 'SECRET_KEY': '${s}', 'TESTING': False}>`),
  'fastapi settings': token(
    alnum,
    40,
    (s) => `settings=Settings(app='x', openai_api_key='${s}', debug=False)`,
  ),
  'pydantic error input': token(
    alnum,
    40,
    (s) => `api_key\n  Input should be shorter [type=too_long, input_value='${s}', input_type=str]`,
  ),
  'celery broker': password((s) => `[config] -> transport: redis://:${enc(s)}@redis:6379/0`),
  'gunicorn env': password((s) => `  raw_env: ['DB_PASSWORD=${s}']`),
  'airflow exception': password(
    (s) => `airflow.exceptions.AirflowException: conn my_db: Extra {"password": "${s}"}`,
  ),
  'boto client error': token(
    b64,
    40,
    (s) => `botocore session: aws_access_key_id=AKIAQQQQWWWWEEEERRRR, aws_secret_access_key=${s}`,
  ),
  'psycopg dsn': password(
    (s) => `psycopg2.OperationalError: invalid dsn "dbname=app user=app password='${s}' host=db"`,
  ),
  'redis-py': password((s) => `Connection<host=redis,port=6379,db=0,password=${s}>`),
  pymongo: password(
    (s) => `pymongo.errors.ConfigurationError: mongodb://app:${enc(s)}@mongo:27017/?authSource=admin`,
  ),
  'rails database yml': password(
    (s) => `Invalid database configuration: {"adapter"=>"mysql2", "username"=>"app", "password"=>"${s}"}`,
  ),
  'rails credentials': token(hex, 32, (s) => `secret_key_base: ${s}\nstripe:\n  key: x`),
  'sidekiq redis': password(
    (s) => `Sidekiq 7 connecting to Redis with options {:url=>"redis://:${enc(s)}@redis/0"}`,
  ),
  'laravel env': password((s) => `local.ERROR: env dump APP_ENV=local DB_PASSWORD=${s} CACHE=redis`),
  'symfony dsn': password((s) => `MAILER_DSN="smtp://user:${enc(s)}@smtp.example.org:25"`),
  'php warning': password((s) => `PHP Warning: mysqli_connect('db', 'root', '${s}', 'app') failed`),
  'wordpress keys': token(`${alnum}!@#%^&*()-_`, 64, (s) => `define('SECURE_AUTH_SALT', '${s}');`),
  'node config dump': password(
    (s) => `config { db: { host: 'db', user: 'app', password: '${s}' }, port: 3000 }`,
  ),
  'next env': token(alnum, 32, (s) => `warn - env NEXTAUTH_SECRET=${s} is deprecated`),
  'prisma url': password((s) => `Error: P1000: url = "mysql://root:${enc(s)}@mysql:3306/app"`),
  'express session': token(alnum, 32, (s) => `session({ secret: '${s}', resave: false })`),
  jsonwebtoken: token(alnum, 40, (s) => `jwt.sign(payload, '${s}', { expiresIn: '1h' }) secret='${s}'`),
  'axios error': token(
    alnum,
    40,
    (s) => `AxiosError: 401 config: {"headers":{"Accept":"*/*","Authorization":"Bearer ${s}"}}`,
  ),
  'got options': token(alnum, 32, (s) => `options: { headers: { 'x-api-key': '${s}', host: 'x' } }`),
  nodemailer: password((s) => `createTransport({ host: 'smtp', auth: { user: 'mailer', pass: '${s}' } })`),
  'go env struct': token(alnum, 32, (s) => `envconfig: {Port:8080 DBHost:db DBPass:${s} LogLevel:info}`),
  'go viper settings': password((s) => `AllSettings: map[auth:map[jwt_secret:${s}] port:80]`),
  'go gorm': password(
    (s) => `failed to initialize database, got error dial: dsn=host=db user=app password=${s} dbname=app`,
  ),
  'go zap any': token(
    alnum,
    32,
    (s) => `{"level":"info","msg":"config","config":{"Token":"${s}","Addr":":80"}}`,
  ),
  'go panic args': password((s) =>
    `panic: parse "postgres://app:${s.replaceAll(/[^A-Za-z0-9]/g, '')}%zz@db/app": invalid URL escape "%zz"`.replace(
      s.replaceAll(/[^A-Za-z0-9]/g, ''),
      s,
    ),
  ),
  'rust config': password((s) => `Config { database_url: "postgres://app:${enc(s)}@db/app", workers: 4 }`),
  'rust anyhow': token(alnum, 32, (s) => `Error: request failed: Client { api_token: "${s}", base: "x" }`),
  'dotnet connection': password(
    (s) =>
      `System.ArgumentException: Keyword not supported: 'x'. ConnectionString: Server=db;User Id=sa;Password=${s};`,
  ),
  'dotnet options': token(alnum, 40, (s) => `JwtOptions { Issuer = x, SigningKey = ${s}, Expiry = 60 }`),
  'dotnet env': password((s) => `ConnectionStrings__Default=Host=db;Username=app;Password=${s}`),
  'elixir ecto': password(
    (s) => `[error] Postgrex.Protocol failed: opts: [hostname: "db", password: "${s}", username: "app"]`,
  ),
  'erlang rabbit': password((s) => `{rabbit,[{default_user,<<"app">>},{default_pass,<<"${s}">>}]}`),
  'scala typesafe': password((s) => `Config(SimpleConfigObject({"db":{"password":"${s}","user":"app"}}))`),
  'clojure env': password((s) => `{:database-password "${s}", :port 8080}`),
  'perl dbi': password((s) => `DBI connect('dbname=app;host=db','app','${s}') failed: FATAL`),
  'lua kong': password((s) => `kong.conf: pg_password = ${s}`),
  'nginx njs': token(alnum, 40, (s) => `js: headers {"authorization":"Bearer ${s}"}`),
  'envoy header': token(
    base64url,
    60,
    (s) => `[debug][http] ':authority', 'x' 'authorization', 'Bearer ${s}'`,
  ),
  'istio wasm': token(alnum, 40, (s) => `wasm log: x-api-key=${s}`),
  'oauth proxy': token(
    b64,
    32,
    (s) => `invalid configuration: cookie_secret "${s}" must be 16, 24, or 32 bytes`,
  ),
  'keycloak import': token(alnum, 32, (s) => `"clientId":"app","secret":"${s}","enabled":true`),
  'vault agent token': token(base64url, 90, (s) => `[INFO] auth.handler: token=hvs.${s} renewed`),
  'vault kv get': password(
    (s) => `====== Data ======\nKey         Value\n---         -----\npassword    ${s}`,
  ),
  'sops decrypted': password((s) => `db_password: ${s}\nsops:\n    kms: []`),
  'helm template': password((s) => `  stringData:\n    redis-password: "${s}"`),
  'kubectl get secret': made(
    (s) => `{"data":{"api-key":"${s}"},"kind":"Secret"}`,
    (r) => base64(r.text(alnum, 24)),
  ),
  'kubectl describe args': password((s) => `    Args:\n      --db-password=${s}`),
  'operator status': password((s) => `status.credentials: {username: app, password: ${s}}`),
  'cert key inline': token(
    b64,
    64,
    (s) => `tls.key: "-----BEGIN EC PRIVATE KEY-----\\n${s}\\n-----END EC PRIVATE KEY-----\\n"`,
  ),
  'terraform provider': token(hex, 40, (s) => `provider "datadog" { api_key = "${s}" }`),
  'ansible failed': password(
    (s) => `fatal: [db]: FAILED! => {"cmd": "mysql -u root --password=${s} -e 'x'"}`,
  ),
  'gitlab ci clone': token(
    base64url,
    20,
    (s) => `fatal: could not read from https://oauth2:glpat-${s}@gitlab.example.org/x.git`,
  ),
  'docker buildkit': token(alnum, 36, (s) => `#8 RUN git clone https://ghp_${s}@github.com/acme/x.git`),
  'npm ci': token(alnum, 36, (s) => `npm notice //npm.example.org/:_authToken=npm_${s}`),
  'pip url': token(alnum, 20, (s) => `ERROR: HTTP 401 https://ci:${s}@pypi.example.org/simple/x/`),
  'mvn settings': password((s) => `Decrypted server password for nexus: ${s}`),
  's3 error': made(
    (s) => `<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>${s}</SignatureProvided></Error>`,
    (r) => `${r.text(b64, 27)}=`,
  ),
  'gcs signed': token(
    hex,
    256,
    (s) => `GET https://storage.googleapis.com/b/o?GoogleAccessId=x&Expires=1&Signature=${s}`,
  ),
  'azure sas log': token(
    alnum,
    43,
    (s) => `PUT /c/b?sv=2022-11-02&ss=b&srt=co&sp=rw&se=2027&sig=${s}%3D HTTP/1.1`,
  ),
  'twilio exception': token(hex, 32, (s) => `TwilioRestException: auth AC${'0'.repeat(32)}:${s} HTTP 401`),
  'stripe log': token(
    alnum,
    99,
    (s) => `stripe.error.AuthenticationError: Invalid API Key provided: sk_live_${s}`,
  ),
  'slack socket': token(
    alnum,
    64,
    (s) => `slack_bolt: wss connection with xapp-1-A0B1C2D3E4-1234567890123-${s}`,
  ),
  'openai rate': token(alnum, 48, (s) => `openai.RateLimitError: key sk-proj-${s} has no quota`),
  'telegram poll': token(
    base64url,
    33,
    (s) => `telegram.error.Conflict: getUpdates bot${'123456789'}:AA${s}`,
  ),
  'ldap bind log': password((s) => `LdapContextSource: userDn=cn=app,dc=x, password=${s}, base=dc=x`),
  'samlp response': token(b64, 300, (s) => `SAML: <ds:SignatureValue>${s}</ds:SignatureValue>`),
  'cookie jar print': token(
    alnum,
    40,
    (s) => `<RequestsCookieJar[<Cookie sessionid=${s} for example.org/>]>`,
  ),
  'webhook secret check': token(hex, 40, (s) => `X-Hub-Signature: sha1=${s}`),
  'otp mail': token(digits, 6, (s) => `mail body: Your security code is ${s}. Do not share it.`),
  'smtp auth log': made(
    (s) => `C: AUTH PLAIN ${s}`,
    (r) => base64(`\u0000mailer\u0000${r.text(alnum, 12)}`),
  ),
  'ftp log': password((s) => `> PASS ${s}`),
  'ssh trace': password((s) => `paramiko: connect(hostname='h', username='bob', password='${s}')`),
  'rsync daemon': password((s) => `bob:${s} in /etc/rsyncd.secrets is world readable`),
  'git helper': password((s) => `credential fill: password=${s}`),
  'env -0': password((s) => `PATH=/bin\u0000DB_PASSWORD=${s}\u0000TZ=UTC`),
  'ps aux': password((s) => `root  12  0.0 /usr/bin/backup --user=root --password=${s} --all`),
  'bash history': token(alnum, 40, (s) => `  501  export TF_VAR_github_token=${s}`),
  'set -x heredoc': token(alnum, 32, (s) => `++ API_SECRET=${s}`),
  'json log nested': token(
    alnum,
    32,
    (s) => `{"msg":"{\\"auth\\":{\\"apiToken\\":\\"${s}\\"}}","lvl":"debug"}`,
  ),
  'truncated json': password((s) => `{"user":"app","password":"${s}`),
  'ansi coloured': password((s) => `\u001b[33mpassword\u001b[0m: \u001b[1m${s}\u001b[0m`),
  'zero width': made(
    (s) => `password=${s}`,
    (r) => `${r.text(alnum, 8)}Z9${r.text(alnum, 8)}`,
  ),
  'uuid token header': made((s) => `X-Consul-Token=${s}`, uuid),
  'heroku addon': token(
    alnum,
    24,
    (s) => `REDISCLOUD_URL=redis://rediscloud:${s}@x.cloud.redislabs.com:1234`,
  ),
  cloudinary: token(base64url, 27, (s) => `CLOUDINARY_URL=cloudinary://123456789012345:${s}@demo`),
  'papertrail drain': token(lowerDigits, 20, (s) => `PAPERTRAIL_API_TOKEN=${s}`),
  'new relic agent': made(
    (s) => `newrelic: license_key: ${s}`,
    (r) => `eu01xx${r.text(hex, 30)}NRAL`,
  ),
  'sentry init': token(hex, 32, (s) => `Sentry.init({ dsn: "https://${s}@o1.ingest.sentry.io/2" })`),
  'datadog trace': token(hex, 32, (s) => `dd-agent: API Key ending with x: ${s} invalid`),
  'ngrok authtoken': token(alnum, 48, (s) => `authtoken: ${s}`),
  'wireguard conf': token(b64, 43, (s) => `[Interface]\nPrivateKey=${s}=`),
  'license xml': made(
    (s) => `<LicenseKey>${s}</LicenseKey>`,
    (r) => [1, 2, 3, 4, 5].map(() => r.text(upper, 5)).join('-'),
  ),
};

const num = (r: Random, below = 100_000): string => String(r.number(below));
const word = (r: Random): string => inventedWord(r, 2);

export const eighthLines: readonly Line[] = [
  (r) => `${word(r)} is starting with profile prod, password encoder bcrypt, token store redis`,
  () =>
    `Caused by: org.postgresql.util.PSQLException: The server requested SCRAM-based authentication, but no password was provided.`,
  () => `Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "sa"`,
  () => `Property spring.datasource.password is not set`,
  () => `jdbc:postgresql://db:5432/app?user=sa&ssl=true (password hidden)`,
  () => `HikariConfig - password........................<masked>`,
  () => `Could not resolve placeholder 'api.key' in value "\${api.key}"`,
  (r) => `Access token refreshed; new expiry in ${num(r, 3600)}s, scopes read write`,
  (r) => `The token 'Bearer' was not found in header list of ${num(r, 9)} entries`,
  () => `password_hash column has type varchar(255)`,
  () => `bcrypt cost factor 12 selected, hashing took 243ms`,
  (r) => `secret "app-tls-${r.text(pod, 5)}" mounted at /etc/tls`,
  (r) => `reconciling Secret shop/${word(r)}-credentials generation ${num(r, 9)}`,
  (r) => `{"level":"info","secret":"${word(r)}-db","namespace":"shop","msg":"secret updated"}`,
  (r) => `{"level":"error","token_type":"refresh","user_id":${num(r)},"msg":"token expired"}`,
  (r) => `msg="auth ok" user=alice token_id=${num(r)} session_age=${num(r, 900)}s`,
  (r) => `user=alice action=login method=password mfa=true result=success ip=10.1.2.${num(r, 255)}`,
  (r) => `GET /api/keys/${num(r)}/rotate 204 ${num(r, 90)}ms`,
  (r) => `DELETE /v1/auth/token/accessor/${num(r)} 403`,
  () => `FATAL: role "app" does not exist; check the user and password in your configuration`,
  (r) => `open /run/secrets/db_password: no such file or directory (attempt ${num(r, 9)})`,
  () => `env var DB_PASSWORD is required but missing`,
  () => `Using default passphrase file ~/.passphrase`,
  (r) =>
    `kubelet: Unable to retrieve pull secret shop/regcred for shop/${word(r)}-${r.text(pod, 10)}-${r.text(pod, 5)} due to secret "regcred" not found`,
  (r) =>
    `x509: certificate has expired or is not yet valid: current time 2026-0${1 + r.number(9)}-11T10:00:00Z is after 2026-01-01T00:00:00Z`,
  (r) => `private key size 2048, certificate serial ${r.text(hex, 36)}`,
  (r) => `checksum sha256=${r.text(hex, 64)} etag=${r.text(hex, 32)} size=${num(r)}`,
  (r) => `layer sha256:${r.text(hex, 64)} already exists`,
  (r) =>
    `release ${word(r)}-v${r.number(9)}.${r.number(9)}.0 commit ${r.text(hex, 40)} built by ci-${num(r)}`,
  (r) => `trace ${r.text(hex, 32)} span ${r.text(hex, 16)} took ${num(r, 900)}ms status=OK`,
  (r) => `correlation-id=${uuid(r)} tenant=${word(r)} partition_key=${word(r)}-${num(r)}`,
  (r) => `kafka offset commit group=${word(r)} topic=auth-tokens partition=${num(r, 90)} offset=${num(r)}`,
  (r) => `cache.get key=session:${num(r)}:cart hit=false`,
  (r) => `S3 PUT s3://backups/2026/${r.text(lowerDigits, 16)}.tar.gz ETag "${r.text(hex, 32)}-12"`,
  (r) => `mail ${uuid(r)} template=reset_password queued`,
  (r) => `pin ${num(r, 40)} set to HIGH on gpio chip 0`,
  (r) => `code=${200 + r.number(300)} method=GET path=/health duration=${num(r, 90)}ms`,
  (r) => `exit status ${num(r, 255)}: error code ${num(r, 9999)}`,
  (r) =>
    `salt-minion: The Salt Master has cached the public key for this node, waiting ${num(r, 90)} seconds`,
  (r) => `signature verified with key ${r.text(hex, 16)} at level marginal`,
  (r) => `jwt: kid ${r.text(base64url, 22)} not found in JWKS, refreshing`,
  () => `OIDC discovery: token_endpoint https://sso.example.org/token, jwks_uri https://sso.example.org/keys`,
  () => `cookie secure flag missing; SameSite=None requires Secure`,
  () => `session cookie name changed from sid to __Host-sid`,
  (r) => `ticket ${num(r)} assigned to queue password-resets`,
  (r) => `otp delivery via sms succeeded in ${num(r, 900)}ms`,
  (r) => `Slow query: SELECT * FROM tokens WHERE user_id = ${num(r)} AND expires_at > now() (${num(r)}ms)`,
  (r) => `INSERT INTO audit_log (actor, action) VALUES ('alice', 'password_changed') took ${num(r, 90)}ms`,
  (r) => `UPDATE users SET last_login = now(), login_count = ${num(r)} WHERE id = ${num(r)}`,
  (r) => `ERROR: column "password" of relation "users${num(r, 9)}" does not exist`,
  (r) => `python: DeprecationWarning: 'crypt' is deprecated and slated for removal in Python 3.${num(r, 20)}`,
  (r) => `goroutine ${num(r)} [select]: net/http.(*persistConn).writeLoop(0xc000${r.text(hex, 6)})`,
  (r) => `	at com.acme.SecretStore.load(SecretStore.java:${num(r, 300)})`,
  (r) => `    at Object.decryptToken (/srv/app/dist/auth.js:${num(r, 99)}:${num(r, 99)})`,
  (r) => `  File "/app/auth/token.py", line ${num(r, 300)}, in verify_password`,
  (r) => `Memory cgroup out of memory: Killed process ${num(r)} (token-service) total-vm:${num(r)}kB`,
  (r) =>
    `Liveness probe failed: Get "http://10.2.3.${num(r, 255)}:8080/auth/health": dial tcp: connection refused`,
  (r) =>
    `Back-off restarting failed container token-exporter in pod ${word(r)}-${r.text(pod, 9)}-${r.text(pod, 5)}_shop(${uuid(r)})`,
  (r) => `npm warn deprecated jsonwebtoken@${r.number(9)}.0.0: please upgrade`,
  (r) =>
    `[INFO] --- maven-gpg-plugin:3.${num(r, 9)}.0:sign (sign-artifacts) @ ${word(r)} --- gpg: no default secret key: No secret key`,
];
