import { alphabets, base64, chosenPassword, uuid, type Random } from './random.ts';
import type { SecretSample } from './secrets.ts';

/**
 * A third corpus, after the second had been learnt from: lines as they stand in logs of containers that crash, mostly
 * in forms that the first two do not have. The first look at it is the figure to believe (docs/redaction.md).
 */

const { alnum, hex, base64url, upper } = alphabets;
const b64 = alphabets.base64;

type Frame = (secret: string) => string;

const passwords: Readonly<Record<string, Frame>> = {
  'postgres entrypoint': (s) => `initdb: using POSTGRES_PASSWORD ${s} for superuser`,
  liquibase: (s) => `liquibase --url=jdbc:postgresql://db/app --username=app --password=${s} update`,
  flyway: (s) => `FLYWAY_PASSWORD=${s} flyway migrate`,
  prisma: (s) =>
    `Environment variable DATABASE_URL is postgresql://prisma:${encodeURIComponent(s)}@db:5432/app?schema=public`,
  typeorm: (s) =>
    `DataSource { options: { type: 'mysql', username: 'root', password: '${s}', database: 'x' } }`,
  sequelize: (s) => `new Sequelize('db', 'user', '${s}', { dialect: 'mysql' }) password='${s}'`,
  knex: (s) => `connection: { host : '127.0.0.1', user : 'x', password : '${s}' }`,
  hikari: (s) => `HikariConfig - password........................"${s}"`,
  'spring yaml': (s) => `spring: {datasource: {username: sa, password: ${s}}}`,
  quarkus: (s) => `quarkus.datasource.password=${s}`,
  'micronaut argument': (s) => `-Ddatasources.default.password=${s}`,
  wildfly: (s) => `/subsystem=datasources/data-source=x:write-attribute(name=password,value=${s})`,
  'tomcat resource': (s) => `<Resource name="jdbc/x" username="app" password="${s}" maxTotal="20"/>`,
  logstash: (s) => `output { elasticsearch { user => "elastic" password => "${s}" } }`,
  filebeat: (s) => `output.elasticsearch.password: "${s}"`,
  'grafana ini': (s) => `;admin_password = ${s}`,
  prometheus: (s) => `basic_auth: {username: prom, password: ${s}}`,
  alertmanager: (s) => `smtp_auth_password: '${s}'`,
  'mosquitto bridge': (s) => `remote_password ${s}`,
  'redis sentinel': (s) => `sentinel auth-pass mymaster ${s}`,
  'redis url in json': (s) => `{"cache":{"url":"rediss://default:${encodeURIComponent(s)}@cache:6380"}}`,
  mongod: (s) => `mongod: db.createUser({user: "app", pwd: "${s}", roles: []})`,
  neo4j: (s) => `NEO4J_AUTH=neo4j/${s}`,
  couchdb: (s) => `COUCHDB_USER=admin COUCHDB_PASSWORD=${s}`,
  influx: (s) => `influx setup --username admin --password ${s} --org x --force`,
  'rabbit definitions': (s) => `"users":[{"name":"app","password":"${s}","tags":""}]`,
  'kafka properties': (s) => `ssl.keystore.password=${s}`,
  'kafka connect': (s) => `"connection.password": "${s}",`,
  debezium: (s) => `   database.password = ${s}   (io.debezium.config)`,
  'ldap java': (s) => `java.naming.security.credentials=${s}`,
  'samba mount': (s) => `mount -t cifs -o username=bob,password=${s},vers=3.0 //nas/x /mnt`,
  'git credential': (s) => `protocol=https\nhost=example.com\nusername=bob\npassword=${s}`,
  svn: (s) => `svn co --username bob --password ${s} https://svn.example.com/x`,
  'helm values': (s) => `auth:\n  rootPassword: "${s}"\n  database: app`,
  'env dump': (s) => `declare -x RABBITMQ_DEFAULT_PASS="${s}"`,
  'printenv list': (s) => `Env:[PATH=/bin SMTP_PASSWORD=${s} TZ=UTC]`,
  viper: (s) => `map[database:map[host:db password:${s} user:app]]`,
  'zap object': (s) => `{"L":"DEBUG","M":"config","cfg":{"Db":{"Password":"${s}"}}}`,
  'slog text': (s) => `time=2026-05-01T00:00:00Z level=DEBUG msg=config db.password=${s} db.user=app`,
  serilog: (s) => `[10:00:00 DBG] Options {"Smtp": {"Host": "x", "Password": "${s}"}}`,
  var_dump: (s) => `  ["password"]=> string(${s.length}) "${s}"`,
  'perl dumper': (s) => `          'password' => '${s}',`,
  'lua table': (s) => `{ user = "app", password = "${s}" }`,
  'r call': (s) => `dbConnect(drv, user = "x", password = "${s}")`,
  powershell: (s) => `ConvertTo-SecureString -String "${s}" -AsPlainText -Force`,
  'windows service': (s) => `sc.exe create x binPath= a obj= .\\svc password= ${s}`,
};

const tokens: Readonly<Record<string, readonly [alphabet: string, length: number, frame: Frame]>> = {
  'github actions': [alnum, 36, (s) => `##[debug] GITHUB_TOKEN=ghs_${s}`],
  'gitlab runner': [base64url, 20, (s) => `Verifying runner... is removed  runner=glrt-${s}`],
  'npm audit': [alnum, 36, (s) => `npm ERR! authToken npm_${s} is expired`],
  'pip index': [
    base64url,
    80,
    (s) => `Looking in indexes: https://__token__:pypi-${s}@packages.example.com/simple`,
  ],
  cargo: [alnum, 32, (s) => `token = "cio${s}"`],
  'aws env': [b64, 40, (s) => `AWS_SECRET_ACCESS_KEY: ${s}`],
  boto: [b64, 40, (s) => `botocore: Credentials(access_key='AKIAQQQQWWWWEEEERRRR', secret_key='${s}')`],
  'vault agent': [base64url, 26, (s) => `sink file: token written: hvs.CAES${s}`],
  'consul env': [hex, 32, (s) => `CONSUL_ENCRYPT_KEY=${s}`],
  'openai error': [alnum, 40, (s) => `AuthenticationError: Incorrect API key provided: sk-${s}.`],
  'anthropic env': [base64url, 90, (s) => `ANTHROPIC_API_KEY=sk-ant-api03-${s}`],
  'hugging face': [alnum, 34, (s) => `huggingface_hub: using token hf_${s}`],
  'stripe error': [alnum, 40, (s) => `StripeAuthenticationError: Expired API Key provided: rk_live_${s}`],
  twilio: [hex, 32, (s) => `Client(account_sid='AC0', auth_token='${s}')`],
  sendgrid: [base64url, 43, (s) => `SENDGRID_API_KEY is SG.AbCdEfGhIjKlMnOpQrStUv.${s}`],
  slack: [alnum, 24, (s) => `slack: invalid_auth (xoxb-1111111111-2222222222-${s})`],
  telegram: [base64url, 33, (s) => `POST https://api.telegram.org/bot7123456789:AA${s}/getUpdates`],
  discord: [base64url, 68, (s) => `webhook https://discord.com/api/webhooks/1122334455/${s}`],
  sentry: [hex, 32, (s) => `Sentry is attempting to send to https://${s}@o1.ingest.sentry.io/1`],
  datadog: [hex, 40, (s) => `DD_APP_KEY=${s}`],
  'new relic': [hex, 36, (s) => `NEW_RELIC_LICENSE_KEY=${s}NRAL`],
  'grafana cloud': [b64, 80, (s) => `GRAFANA_TOKEN=glc_${s}`],
  cloudflare: [base64url, 40, (s) => `CF_API_TOKEN=${s}`],
  digitalocean: [hex, 64, (s) => `doctl auth init -t dop_v1_${s}`],
  'azure sas': [alnum, 43, (s) => `SAS: sv=2023-01-03&se=2026-01-01&sr=c&sp=rl&sig=${s}%3D`],
  'azure service bus': [
    b64,
    43,
    (s) => `ServiceBusConnection=Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey=${s}=`,
  ],
  'gcs signed': [
    hex,
    128,
    (s) => `https://storage.googleapis.com/b/o?X-Goog-Algorithm=G&X-Goog-Signature=${s}`,
  ],
  'kubeconfig token': [base64url, 200, (s) => `    token: eyJhbGciOiJSUzI1NiIsImtpZCI6I.${s}`],
  'kubelet bootstrap': [alphabets.lowerDigits, 16, (s) => `bootstrap token: 07401b.${s}`],
  'bearer dump': [base64url, 60, (s) => `request headers: { host: 'x', authorization: 'Bearer ${s}' }`],
  'x-api-key header': [alnum, 40, (s) => `< X-API-KEY: ${s}`],
  'proxy header': [alnum, 30, (s) => `Proxy-Authorization: Basic ${base64(`u:${s}`)} raw=${s}`],
  'session cookie': [hex, 40, (s) => `cookie: '_ga=GA1.2; sessionid=${s}'`],
  'csrf field': [base64url, 43, (s) => `<input type="hidden" name="csrf_token" value="${s}">`],
  licence: [upper, 25, (s) => `LICENSE_KEY=${s}`],
  'private key path is no key': [
    b64,
    64,
    (s) => `key: |\n  -----BEGIN PRIVATE KEY-----\n  ${s}\n  -----END PRIVATE KEY-----`,
  ],
  'unknown service': [alnum, 32, (s) => `FOOBAR_KEY=${s}`],
  'unknown header': [hex, 48, (s) => `X-Foobar-Token: ${s}`],
  'said in a log': [alnum, 32, (s) => `refreshing access token ${s} failed: 401`],
  'nothing around it': [alnum, 32, (s) => `argument 3 was ${s}`],
};

/** Three samples of every format. */
export function freshSecrets(random: Random): SecretSample[] {
  const samples: SecretSample[] = [];
  const add = (format: string, secret: string, frame: Frame): void => {
    const text = frame(secret);
    samples.push({
      format,
      text,
      secrets: [secret, encodeURIComponent(secret)].filter((form) => text.includes(form)),
    });
  };
  for (let round = 0; round < 3; round += 1) {
    for (const [format, frame] of Object.entries(passwords)) add(format, chosenPassword(random), frame);
    for (const [format, [alphabet, length, frame]] of Object.entries(tokens))
      add(format, random.text(alphabet, length), frame);
    add('nuget and uuid', uuid(random), (s) => `API_KEY: ${s}`);
  }
  return samples;
}
