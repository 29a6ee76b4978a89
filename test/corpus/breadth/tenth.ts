import { alphabets, base64, chosenPassword, inventedWord, uuid, type Random } from '../random.ts';
import { password, token, type Batch, type Line, type Make } from './kit.ts';

/** Tenth corpus: plain formats as anybody would list them, in log lines of many programs. */

const { alnum, hex, base64url, digits, upper } = alphabets;
const b64 = alphabets.base64;
const enc = encodeURIComponent;
const made =
  (frame: (s: string) => string, make: (r: Random) => string): Make =>
  (random) => {
    const secret = make(random);
    return [frame(secret), secret];
  };

export const tenthBatch: Batch = {
  'aws pair in log': token(
    b64,
    40,
    (s) => `INFO s3 client: access_key=AKIAQQQQWWWWEEEERRRR secret_key=${s} region=us-east-1`,
  ),
  'aws id alone': token(alphabets.base32, 16, (s) => `WARN key AKIA${s} is older than 90 days`),
  'gcp key in url': token(
    base64url,
    35,
    (s) => `GET https://maps.example.org/api/js?key=AIza${s}&callback=init 403`,
  ),
  'azure key env': token(b64, 86, (s) => `AZURE_STORAGE_KEY=${s}==`),
  'azure connection in json': token(
    b64,
    43,
    (s) =>
      `{"EventHub":"Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${s}=;EntityPath=h"}`,
  ),
  'github in log': token(
    alnum,
    36,
    (s) => `2026-06-01 12:00:00,123 ERROR git.exc: Cmd('git') failed: https://ghp_${s}@github.com/o/r`,
  ),
  'gitlab in yaml': token(base64url, 20, (s) => `  CI_TOKEN: glpat-${s}`),
  'slack in python': token(
    alnum,
    24,
    (s) => `client = WebClient(token="xoxb-111111111111-222222222222-${s}")`,
  ),
  'slack hook in curl': token(
    alnum,
    24,
    (s) => `curl -X POST -d '{"text":"x"}' https://hooks.slack.com/services/T0000AAAA/B0000BBBB/${s}`,
  ),
  'stripe in trace': token(alnum, 24, (s) => `Stripe::AuthenticationError (No such API key: sk_test_${s})`),
  'twilio pair': token(hex, 32, (s) => `TWILIO_ACCOUNT_SID=ACxxxxxxxx TWILIO_AUTH_TOKEN=${s}`),
  'sendgrid in json': token(base64url, 43, (s) => `{"sendgrid":{"key":"SG.aaaaaaaaaaaaaaaaaaaaaa.${s}"}}`),
  'mailgun in curl': token(
    hex,
    32,
    (s) => `curl -s --user 'api:key-${s}' https://api.mailgun.net/v3/x/messages`,
  ),
  'jwt in cookie': made(
    (s) => `Cookie: session=${s}`,
    (r) => `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${r.text(base64url, 60)}.${r.text(base64url, 43)}`,
  ),
  'jwt in query': made(
    (s) => `GET /ws?jwt=${s} HTTP/1.1`,
    (r) => `eyJhbGciOiJSUzI1NiJ9.${r.text(base64url, 80)}.${r.text(base64url, 86)}`,
  ),
  'basic in log': made(
    (s) => `request headers: authorization=Basic ${s}, accept=*/*`,
    (r) => base64(`svc:${r.text(alnum, 14)}`),
  ),
  'bearer lower': token(alnum, 40, (s) => `authorization: bearer ${s}`),
  'x-auth-token': token(hex, 32, (s) => `X-Auth-Token: ${s}`),
  'postgres uri': password((s) => `sqlalchemy.exc.OperationalError: postgresql://svc:${enc(s)}@pg:5432/app`),
  'mysql uri': password((s) => `dial mysql://root:${enc(s)}@mysql:3306/app: connection refused`),
  'mongo uri': password((s) => `MONGO_URI=mongodb://root:${enc(s)}@mongo:27017`),
  'redis uri': password((s) => `redis://default:${enc(s)}@redis:6379 is unreachable`),
  'amqp uri': password((s) => `[amqp] reconnecting to amqp://guest:${enc(s)}@mq:5672/`),
  jdbc: password((s) => `Loading driver for jdbc:postgresql://pg/app?user=app&password=${enc(s)}`),
  dsn: token(alnum, 14, (s) => `opening svc:${s}@tcp(db:3306)/shop?charset=utf8`),
  odbc: token(alnum, 14, (s) => `Driver={SQL Server};Server=db;Uid=svc;Pwd=${s};`),
  yaml: password((s) => `    password: ${s}`),
  'yaml quoted key': password((s) => `    "db_password": '${s}'`),
  json: password((s) => `{"user":"svc","password":"${s}"}`),
  'json pretty': password((s) => `    "password": "${s}",`),
  'json escaped': password((s) => `body="{\\"username\\":\\"svc\\",\\"password\\":\\"${s}\\"}"`),
  env: password((s) => `DATABASE_PASSWORD=${s}`),
  'env quoted': password((s) => `SMTP_PASSWORD="${s}"`),
  ini: password((s) => `password=${s}`),
  toml: password((s) => `db_password = "${s}"`),
  properties: password((s) => `ftp.password=${s}`),
  xml: password((s) => `<db-password>${s}</db-password>`),
  hcl: password((s) => `  password = "${s}"`),
  flag: password((s) => `exec: mysqldump --host=db --password=${s} shop`),
  'flag blank': password((s) => `exec: tool --db-password ${s} --verbose`),
  'mysql -p': token(alnum, 14, (s) => `sh -c mysql -uroot -p${s} -e "show tables"`),
  'psql env': password((s) => `sh: PGPASSWORD=${s} pg_dump shop`),
  'curl -u': password((s) => `curl -u svc:${s} https://nexus.example.org/`),
  'sql alter': password((s) => `statement: ALTER USER svc WITH PASSWORD '${s}'`),
  'sql identified': password((s) => `Query: CREATE USER 'svc'@'%' IDENTIFIED BY '${s}'`),
  'python kwargs': password((s) => `TypeError: connect(user='svc', password='${s}', database=None)`),
  'python dict': password((s) => `config = {'user': 'svc', 'password': '${s}'}`),
  'go struct': password((s) => `{User:svc Password:${s} Host:db}`),
  'java string': password((s) => `User{name='svc', password='${s}'}`),
  'ruby hash': password((s) => `{"user"=>"svc", "password"=>"${s}"}`),
  logfmt: password((s) => `level=info user=svc password=${s}`),
  said: password((s) => `Login with password ${s} failed for svc`),
  'said colon': token(alnum, 16, (s) => `generated password: ${s}4`),
  'rsa key': token(
    b64,
    64,
    (s) => `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA${s}\n-----END RSA PRIVATE KEY-----`,
  ),
  'openssh key': token(
    b64,
    64,
    (s) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${s}\n-----END OPENSSH PRIVATE KEY-----`,
  ),
  'pgp key': token(
    b64,
    64,
    (s) => `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${s}\n-----END PGP PRIVATE KEY BLOCK-----`,
  ),
  wireguard: token(b64, 43, (s) => `wg: PrivateKey = ${s}=`),
  age: token(alphabets.bech32, 58, (s) => `identity AGE-SECRET-KEY-1${s}`),
  netrc: password((s) => `machine repo login svc password ${s}`),
  htpasswd: token(`${alnum}./`, 22, (s) => `svc:$apr1$aBcDeFgH$${s}`),
  bcrypt: token(`${alnum}./`, 53, (s) => `hash=$2b$10$${s}`),
  shadow: token(`${alnum}./`, 86, (s) => `svc:$6$abcdefgh$${s}:19000::::::`),
  'docker auth': made(
    (s) => `{"auths":{"r.example.org":{"auth":"${s}"}}}`,
    (r) => base64(`svc:${r.text(alnum, 14)}`),
  ),
  npmrc: token(alnum, 36, (s) => `//registry.example.org/:_authToken=npm_${s}`),
  pypirc: token(base64url, 100, (s) => `password: pypi-AgEIcHlwaS5vcmc${s}`),
  'kube token': token(base64url, 120, (s) => `token: eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.${s}.x`),
  vault: token(base64url, 90, (s) => `export VAULT_TOKEN=hvs.${s}`),
  heroku: made((s) => `HEROKU_API_KEY: ${s}`, uuid),
  datadog: token(hex, 32, (s) => `DD_API_KEY=${s} datadog-agent start`),
  sentry: token(hex, 32, (s) => `dsn=https://${s}@sentry.example.org/7`),
  newrelic: token(hex, 36, (s) => `license_key: '${s}NRAL'`),
  openai: token(alnum, 48, (s) => `api_key=sk-${s}`),
  anthropic: token(base64url, 95, (s) => `x-api-key: sk-ant-api03-${s}`),
  'hugging face': token(alnum, 34, (s) => `HF_TOKEN=hf_${s}`),
  telegram: token(base64url, 34, (s) => `https://api.telegram.org/bot1234567890:A${s}/sendMessage`),
  discord: token(base64url, 68, (s) => `https://discord.com/api/webhooks/123456789012345678/${s}`),
  django: token(alnum, 50, (s) => `SECRET_KEY = 'django-insecure-${s}'`),
  rails: token(hex, 128, (s) => `SECRET_KEY_BASE=${s}`),
  laravel: token(b64, 43, (s) => `APP_KEY=base64:${s}=`),
  'session cookie': token(hex, 32, (s) => `Set-Cookie: PHPSESSID=${s}; path=/`),
  presigned: token(hex, 64, (s) => `https://b.s3.amazonaws.com/k?X-Amz-Credential=x&X-Amz-Signature=${s}`),
  sas: token(alnum, 43, (s) => `https://a.blob.core.windows.net/c?sv=1&sig=${s}%3D`),
  'oauth body': token(alnum, 40, (s) => `grant_type=refresh_token&refresh_token=${s}&client_id=x`),
  'oauth answer': token(base64url, 120, (s) => `{"token_type":"Bearer","access_token":"${s}"}`),
  otp: token(digits, 6, (s) => `{"otp":"${s}"}`),
  license: made(
    (s) => `license key: ${s}`,
    (r) => [1, 2, 3, 4].map(() => r.text(upper, 5)).join('-'),
  ),
  'api key said': token(alnum, 32, (s) => `Request rejected, invalid API key: ${s}`),
  'secret said': token(alnum, 32, (s) => `shared secret ${s} does not match`),
  'encryption key': token(hex, 64, (s) => `encryption_key: ${s}`),
  'uuid token': made((s) => `auth_token=${s}`, uuid),
  'base64 password': made(
    (s) => `  password: ${s}`,
    (r) => base64(chosenPassword(r)),
  ),
};

const num = (r: Random, below = 100_000): string => String(r.number(below));
const word = (r: Random): string => inventedWord(r, 2);
export const tenthLines: readonly Line[] = [
  (r) => `user ${num(r)} logged in from 203.0.113.${num(r, 255)}`,
  (r) => `login failed for user ${word(r)}: invalid password`,
  () => `password authentication failed for user "postgres"`,
  (r) => `token expired at 2026-06-0${1 + r.number(9)}T10:00:00Z`,
  (r) => `secret "${word(r)}-tls" not found`,
  (r) => `refreshing token for session ${uuid(r)}`,
  (r) => `digest: sha256:${r.text(hex, 64)}`,
  (r) => `md5 ${r.text(hex, 32)} file-${num(r)}.bin`,
  (r) => `trace_id=${r.text(hex, 32)} span_id=${r.text(hex, 16)}`,
  (r) => `request ${uuid(r)} completed in ${num(r, 900)}ms`,
  (r) => `commit ${r.text(hex, 40)} by dev-${num(r, 90)}`,
  (r) => `cache key user:${num(r)} miss`,
  (r) => `payload ${base64(`event number ${num(r)} of the day`)}`,
  (r) => `GET /api/v1/users/${num(r)}?sort=name&limit=10 200`,
  (r) => `pod ${word(r)}-${r.text(alphabets.pod, 10)}-${r.text(alphabets.pod, 5)} is Running`,
  (r) => `image registry.example.org/${word(r)}:${r.text(hex, 7)} pulled`,
  () => `x509: certificate signed by unknown authority`,
  (r) => `node ip-10-0-${num(r, 255)}-${num(r, 255)}.ec2.internal ready`,
  (r) => `SELECT id, password_hash FROM users WHERE id = ${num(r)}`,
  (r) => `process_cpu_seconds_total ${num(r)}.${num(r, 99)}`,
  (r) => `api key rotation scheduled in ${num(r, 90)} days`,
  () => `Authorization header missing`,
  (r) => `keyspace hits=${num(r)} misses=${num(r)}`,
  (r) => `auth service listening on :${num(r, 60000)}`,
];
