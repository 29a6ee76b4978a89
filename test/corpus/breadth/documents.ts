import { alphabets, base64, chosenPassword, uuid, type Random } from '../random.ts';
import type { Batch } from './kit.ts';

/** Ninth corpus: whole files and outputs with several secrets, as somebody prints them into a log. */

const { alnum, hex, base64url, lowerDigits } = alphabets;
const b64 = alphabets.base64;
type Document = (random: Random) => readonly [text: string, ...secrets: string[]];

const pem = (r: Random, lines: number): string[] => Array.from({ length: lines }, () => r.text(b64, 64));
const pw = chosenPassword;

const dotEnv: Document = (r) => {
  const [a, b, c, d] = [pw(r), r.text(alnum, 40), r.text(hex, 32), pw(r)];
  return [
    `# production\nAPP_ENV=prod\nDB_HOST=db\nDB_PASSWORD=${a}\nGITHUB_TOKEN=${b}\n\nMAIL_PORT=25\nDATADOG_API_KEY="${c}"\nREDIS_URL=redis://:${encodeURIComponent(d)}@cache:6379/0\nLOG_LEVEL=info`,
    a,
    b,
    c,
    encodeURIComponent(d),
  ];
};
const kubeconfig: Document = (r) => {
  const [token, key] = [r.text(base64url, 120), r.text(b64, 200)];
  return [
    `apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t${r.text(b64, 100)}\n    server: https://10.0.0.1:6443\n  name: prod\nusers:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t\n    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tL${key}\n    token: ${token}`,
    token,
    key,
  ];
};
const compose: Document = (r) => {
  const [a, b, c] = [pw(r), pw(r), r.text(alnum, 32)];
  return [
    `services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_USER: app\n      POSTGRES_PASSWORD: ${a}\n  web:\n    environment:\n      - DATABASE_URL=postgres://app:${encodeURIComponent(b)}@db/app\n      - SECRET_KEY=${c}\n    ports: ["80:80"]`,
    a,
    encodeURIComponent(b),
    c,
  ];
};
const secretManifest: Document = (r) => {
  const [a, b] = [base64(pw(r)), base64(`postgres://app:${r.text(alnum, 12)}@db/app`)];
  return [
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  uid: ${uuid(r)}\ntype: Opaque\ndata:\n  password: ${a}\n  dsn: ${b}`,
    a,
    b,
  ];
};
const serviceAccount: Document = (r) => {
  const lines = pem(r, 6);
  return [
    `{\n  "type": "service_account",\n  "project_id": "acme",\n  "private_key": "-----BEGIN PRIVATE KEY-----\\n${lines.join('\\n')}\\n-----END PRIVATE KEY-----\\n",\n  "client_email": "x",\n  "client_id": "1"\n}`,
    ...lines,
  ];
};
const springYaml: Document = (r) => {
  const [a, b, c] = [pw(r), r.text(alnum, 48), pw(r)];
  return [
    `spring:\n  datasource:\n    url: jdbc:postgresql://db/app\n    username: app\n    password: ${a}\n  security:\n    oauth2:\n      client:\n        registration:\n          keycloak:\n            client-id: web\n            client-secret: ${b}\n  mail:\n    password: '${c}'`,
    a,
    b,
    c,
  ];
};
const terraformState: Document = (r) => {
  const [a, b] = [pw(r), r.text(b64, 40)];
  return [
    `"resources": [\n  {\n    "type": "aws_db_instance",\n    "instances": [{ "attributes": { "id": "db", "password": "${a}", "port": 5432 } }]\n  },\n  { "type": "aws_iam_access_key", "instances": [{ "attributes": { "id": "AKIAQQQQWWWWEEEERRRR", "secret": "${b}" } }] }\n]`,
    a,
    b,
  ];
};
const timedKey: Document = (r) => {
  const lines = pem(r, 5);
  const at = (n: number, s: string): string => `2026-05-01T10:00:0${n}.000Z stdout F ${s}`;
  return [
    [
      at(0, 'loaded key'),
      at(1, '-----BEGIN RSA PRIVATE KEY-----'),
      ...lines.map((line, n) => at(n + 2, line)),
      at(8, '-----END RSA PRIVATE KEY-----'),
      at(9, 'listening'),
    ].join('\n'),
    ...lines,
  ];
};
const jsonKey: Document = (r) => {
  const lines = pem(r, 4);
  return [
    [
      `{"log":"-----BEGIN EC PRIVATE KEY-----\\n","stream":"stdout"}`,
      ...lines.map((line) => `{"log":"${line}\\n","stream":"stdout"}`),
      `{"log":"-----END EC PRIVATE KEY-----\\n","stream":"stdout"}`,
      '{"log":"ready\\n"}',
    ].join('\n'),
    ...lines,
  ];
};
const cutKey: Document = (r) => {
  const lines = pem(r, 4);
  return [
    [
      `MIIEpAIBAAKCAQEA${lines[0]?.slice(16)}`,
      ...lines.slice(1),
      '-----END RSA PRIVATE KEY-----',
      'server started',
    ].join('\n'),
    ...lines.slice(1),
  ];
};
const gitConfig: Document = (r) => {
  const [a, b] = [r.text(alnum, 36), r.text(alnum, 20)];
  return [
    `[remote "origin"]\n\turl = https://x-access-token:ghs_${a}@github.com/acme/app.git\n[http "https://git.example.org"]\n\textraheader = AUTHORIZATION: basic ${base64(`ci:${b}`)}`,
    a,
    base64(`ci:${b}`).slice(8),
  ];
};
const curlVerbose: Document = (r) => {
  const [a, b] = [r.text(base64url, 60), r.text(hex, 40)];
  return [
    `* Connected to api.example.org (10.0.0.1) port 443\n> GET /v1/me HTTP/2\n> Host: api.example.org\n> authorization: Bearer ${a}\n> cookie: sid=${b}; theme=dark\n>\n< HTTP/2 401\n< content-type: application/json\n* Connection left intact`,
    a,
    b,
  ];
};
const processList: Document = (r) => {
  const [a, b] = [pw(r), r.text(alnum, 20)];
  return [
    `USER PID COMMAND\nroot 1 /sbin/init\napp 12 java -Xmx1g -Ddb.password=${a} -jar app.jar\napp 40 redis-cli -h cache -a ${b} monitor\nroot 77 sshd: bob`,
    a,
    b,
  ];
};
const envDump: Document = (r) => {
  const [a, b, c] = [pw(r), r.text(b64, 40), r.text(lowerDigits, 40)];
  return [
    `declare -x HOME="/root"\ndeclare -x MYSQL_ROOT_PASSWORD="${a}"\ndeclare -x AWS_SECRET_ACCESS_KEY="${b}"\ndeclare -x PATH="/usr/bin:/bin"\ndeclare -x SONAR_TOKEN="${c}"\ndeclare -x LANG="C.UTF-8"`,
    a,
    b,
    c,
  ];
};
const podSpec: Document = (r) => {
  const [a, b] = [pw(r), r.text(alnum, 32)];
  return [
    `    spec:\n      containers:\n      - name: app\n        image: registry.example.org/app:1\n        args:\n        - --db-password=${a}\n        env:\n        - name: STRIPE_SECRET_KEY\n          value: sk_live_${b}\n        - name: TZ\n          value: UTC`,
    a,
    b,
  ];
};
const podJson: Document = (r) => {
  const a = pw(r);
  return [
    `"env": [\n  {\n    "name": "SMTP_PASSWORD",\n    "value": "${a}"\n  },\n  {\n    "name": "SMTP_HOST",\n    "value": "mail"\n  }\n]`,
    a,
  ];
};
const kafkaConfig: Document = (r) => {
  const [a, b] = [pw(r), pw(r)];
  return [
    `\tbootstrap.servers = [kafka:9092]\n\tsasl.jaas.config = org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="${a}";\n\tssl.keystore.password = ${b}\n\tssl.key.password = null`,
    a,
    b,
  ];
};
const wordpress: Document = (r) => {
  const [a, b] = [pw(r), r.text(`${alnum}!@#%^&*()`, 64)];
  return [
    `<?php\ndefine('DB_NAME', 'wp');\ndefine('DB_USER', 'wp');\ndefine('DB_PASSWORD', '${a}');\ndefine('NONCE_KEY', '${b}');\n$table_prefix = 'wp_';`,
    a,
    b,
  ];
};
const webConfig: Document = (r) => {
  const [a, b] = [r.text(alnum, 14), r.text(hex, 64)];
  return [
    `<configuration>\n  <connectionStrings>\n    <add name="Default" connectionString="Server=db;User Id=sa;Password=${a};" />\n  </connectionStrings>\n  <appSettings>\n    <add key="ApiSecret" value="${b}" />\n    <add key="Theme" value="dark" />\n  </appSettings>\n</configuration>`,
    a,
    b,
  ];
};
const sqlDump: Document = (r) => {
  const [a, b] = [r.text(`${alnum}./`, 53), pw(r)];
  return [
    `CREATE TABLE users (id int, email text, password text);\nINSERT INTO users (id, email, password) VALUES (1, 'x', '$2y$10$${a}'), (2, 'y', '${b}');\nCREATE USER app WITH PASSWORD '${b}';`,
    a,
    b,
  ];
};
const pythonTrace: Document = (r) => {
  const [a, b] = [pw(r), r.text(alnum, 40)];
  return [
    `Traceback (most recent call last):\n  File "/app/db.py", line 12, in connect\n    conn = psycopg2.connect(host="db", user="app", password="${a}")\npsycopg2.OperationalError: could not translate host name "db"\nlocals: {'retries': 3, 'api_token': '${b}'}`,
    a,
    b,
  ];
};
const javaTrace: Document = (r) => {
  const [a] = [pw(r)];
  return [
    `Exception in thread "main" java.sql.SQLException: Access denied for jdbc:mysql://db/app?user=root&password=${encodeURIComponent(a)}\n\tat com.mysql.cj.jdbc.ConnectionImpl.connect(ConnectionImpl.java:455)\nCaused by: java.lang.IllegalStateException: DataSourceProperties{url=jdbc:x, username=root, password=${a}}`,
    a,
    encodeURIComponent(a),
  ];
};
const vaultInit: Document = (r) => {
  const [a, b, c] = [r.text(b64, 43), r.text(b64, 43), r.text(base64url, 24)];
  return [
    `Unseal Key 1: ${a}=\nUnseal Key 2: ${b}=\n\nInitial Root Token: hvs.${c}\n\nVault initialized with 2 key shares and a key threshold of 2.`,
    a,
    b,
    c,
  ];
};
const helmNotes: Document = (r) => {
  const a = pw(r);
  return [
    `NOTES:\n1. Get the admin user's password:\n   kubectl get secret app -o jsonpath="{.data.admin-password}" | base64 --decode\nUsername: admin\nPassword: ${a}\n2. Open http://127.0.0.1:8080`,
    a,
  ];
};
const netrc: Document = (r) => {
  const [a, b] = [pw(r), r.text(alnum, 40)];
  return [
    `machine github.com\n  login bob\n  password ${b}\nmachine api.example.org login ci password ${a}`,
    a,
    b,
  ];
};
const ini: Document = (r) => {
  const [a, b] = [pw(r), r.text(b64, 40)];
  return [
    `[default]\naws_access_key_id = AKIAQQQQWWWWEEEERRRR\naws_secret_access_key = ${b}\nregion = eu-west-1\n\n[mysqld]\nport = 3306\n\n[client]\npassword = ${a}`,
    a,
    b,
  ];
};
const wireguard: Document = (r) => {
  const [a, b] = [`${r.text(b64, 43)}=`, `${r.text(b64, 43)}=`];
  return [
    `[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = ${a}\n\n[Peer]\nPublicKey = ${r.text(b64, 43)}=\nPresharedKey = ${b}\nEndpoint = vpn.example.org:51820`,
    a,
    b,
  ];
};
const multipart: Document = (r) => {
  const a = pw(r);
  return [
    `POST /login HTTP/1.1\nContent-Type: multipart/form-data; boundary=x\n\n--x\nContent-Disposition: form-data; name="username"\n\nbob\n--x\nContent-Disposition: form-data; name="password"\n\n${a}\n--x--`,
    a,
  ];
};
const yamlBlock: Document = (r) => {
  const [a, lines] = [pw(r), pem(r, 3)];
  return [
    `config:\n  password: |\n    ${a}\n  tls_key: |\n    -----BEGIN PRIVATE KEY-----\n${lines.map((line) => `    ${line}`).join('\n')}\n    -----END PRIVATE KEY-----\n  port: 80`,
    a,
    ...lines,
  ];
};
const csv: Document = (r) => {
  const [a, b] = [r.text(alnum, 32), r.text(alnum, 32)];
  return [`id,name,api_token,created\n1,ci,${a},2026-01-01\n2,cd,${b},2026-02-01`, a, b];
};
const redisMonitor: Document = (r) => {
  const a = r.text(alnum, 18);
  return [
    `1700000000.1 [0 10.0.0.1:1] "HELLO" "3" "AUTH" "default" "${a}"\n1700000000.2 [0 10.0.0.1:1] "SET" "k" "v"`,
    a,
  ];
};
const gitlabJob: Document = (r) => {
  const [a, b] = [r.text(base64url, 20), pw(r)];
  return [
    `$ echo "$CI_REGISTRY"\nregistry.example.org\n$ docker login -u ci -p ${b} registry.example.org\nWARNING! Using --password via the CLI is insecure.\n$ git push https://oauth2:glpat-${a}@gitlab.example.org/a/b.git`,
    a,
    b,
  ];
};

export const documents: Batch = {
  '.env': dotEnv,
  kubeconfig,
  compose,
  'Secret manifest': secretManifest,
  'service account': serviceAccount,
  'spring yaml': springYaml,
  'terraform state': terraformState,
  'key with times': timedKey,
  'key in JSON logs': jsonKey,
  'key without its head': cutKey,
  'git config': gitConfig,
  'curl -v': curlVerbose,
  'process list': processList,
  'environment dump': envDump,
  'pod spec': podSpec,
  'pod JSON': podJson,
  'kafka config': kafkaConfig,
  wordpress,
  'web.config': webConfig,
  'sql dump': sqlDump,
  'python trace': pythonTrace,
  'java trace': javaTrace,
  'vault init': vaultInit,
  'helm notes': helmNotes,
  netrc,
  ini,
  wireguard,
  multipart,
  'yaml block': yamlBlock,
  csv,
  'redis monitor': redisMonitor,
  'gitlab job': gitlabJob,
};
