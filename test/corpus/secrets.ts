import { alphabets, base64, chosenPassword, inventedWord, uuid, type Random } from './random.ts';

/** A text with a secret in it. */
export interface SecretSample {
  /** Which format, for the report of what was missed. */
  readonly format: string;
  readonly text: string;
  /** What must be gone afterwards. */
  readonly secrets: readonly string[];
}

type Make = (random: Random) => string;
const { alnum, hex, upper, base32, base64url, digits, lowerDigits } = alphabets;
const b64 = alphabets.base64;

const of =
  (prefix: string, alphabet: string, length: number, suffix = ''): Make =>
  (random) =>
    prefix + random.text(alphabet, length) + suffix;

/** Formats as vendors document them. */
const vendorFormats: Readonly<Record<string, Make>> = {
  'aws access key': of('AKIA', base32, 16),
  'aws session key': of('ASIA', base32, 16),
  'google api key': of('AIza', base64url, 35),
  'google oauth token': of('ya29.a0', base64url, 120),
  'google client secret': of('GOCSPX-', base64url, 28),
  'azure client secret': (r) => `${r.text(alnum, 3)}8Q~${r.text(alnum, 34)}`,
  'alibaba access key': of('LTAI', alnum, 20),
  'digitalocean token': of('dop_v1_', hex, 64),
  'github token': of('ghp_', alnum, 36),
  'github app token': of('ghs_', alnum, 36),
  'github fine-grained token': (r) => `github_pat_${r.text(alnum, 22)}_${r.text(alnum, 59)}`,
  'gitlab token': of('glpat-', base64url, 20),
  'gitlab runner token': of('glrt-', base64url, 20),
  'gitlab job token': (r) => `glcbt-${r.text(hex, 2)}_${r.text(base64url, 20)}`,
  'bitbucket app password': of('ATBB', alnum, 32),
  'atlassian token': of('ATATT3xFfGF0', base64url, 172, '=1A2B3C4D'),
  'npm token': of('npm_', alnum, 36),
  'pypi token': of('pypi-AgEIcHlwaS5vcmc', base64url, 150),
  'rubygems token': of('rubygems_', hex, 48),
  'docker hub token': of('dckr_pat_', base64url, 27),
  'slack bot token': (r) => `xoxb-${r.text(digits, 12)}-${r.text(digits, 13)}-${r.text(alnum, 24)}`,
  'slack app token': (r) => `xapp-1-A${r.text(upper, 10)}-${r.text(digits, 13)}-${r.text(hex, 64)}`,
  'slack webhook': (r) =>
    `https://hooks.slack.com/services/T${r.text(upper, 10)}/B${r.text(upper, 10)}/${r.text(alnum, 24)}`,
  'discord bot token': (r) => `M${r.text(alnum, 23)}.${r.text(alnum, 6)}.${r.text(base64url, 38)}`,
  'discord webhook': (r) => `https://discord.com/api/webhooks/${r.text(digits, 18)}/${r.text(base64url, 68)}`,
  'telegram token': (r) => `${r.text('123456789', 10)}:AA${r.text(base64url, 33)}`,
  'stripe key': of('sk_live_', alnum, 24),
  'stripe restricted key': of('rk_live_', alnum, 99),
  'stripe webhook secret': of('whsec_', alnum, 32),
  'square token': of('sq0atp-', base64url, 22),
  'paypal token': (r) => `access_token$production$${r.text(lowerDigits, 16)}$${r.text(hex, 32)}`,
  'shopify token': of('shpat_', hex, 32),
  'twilio key': of('SK', hex, 32),
  'sendgrid key': (r) => `SG.${r.text(base64url, 22)}.${r.text(base64url, 43)}`,
  'mailgun key': of('key-', hex, 32),
  'mailchimp key': of('', hex, 32, '-us14'),
  'brevo key': (r) => `xkeysib-${r.text(hex, 64)}-${r.text(alnum, 16)}`,
  'openai key': of('sk-proj-', base64url, 120),
  'openai classic key': (r) => `sk-${r.text(alnum, 20)}T3BlbkFJ${r.text(alnum, 20)}`,
  'anthropic key': of('sk-ant-api03-', base64url, 93, 'AA'),
  'hugging face token': of('hf_', alnum, 34),
  'replicate token': of('r8_', alnum, 37),
  'groq key': of('gsk_', alnum, 52),
  'databricks token': of('dapi', hex, 32),
  'planetscale token': of('pscale_tkn_', base64url, 43),
  'supabase token': of('sbp_', hex, 40),
  'vault token': of('hvs.', base64url, 95),
  'vault legacy token': of('s.', alnum, 24),
  'terraform cloud token': (r) => `${r.text(alnum, 14)}.atlasv1.${r.text(base64url, 67)}`,
  'doppler token': of('dp.st.prd.', alnum, 43),
  'pulumi token': of('pul-', hex, 40),
  'grafana token': (r) => `glsa_${r.text(alnum, 32)}_${r.text(hex, 8)}`,
  'new relic key': of('NRAK-', upper, 27),
  'new relic licence': of('', hex, 36, 'NRAL'),
  'sentry token': of('sntrys_', b64, 120),
  'dynatrace token': (r) => `dt0c01.${r.text(upper, 24)}.${r.text(upper, 64)}`,
  'linear key': of('lin_api_', alnum, 40),
  'notion token': of('ntn_', alnum, 46),
  'airtable token': (r) => `pat${r.text(alnum, 14)}.${r.text(hex, 64)}`,
  'figma token': of('figd_', base64url, 40),
  'postman key': (r) => `PMAK-${r.text(hex, 24)}-${r.text(hex, 34)}`,
  'hubspot token': (r) => `pat-na1-${uuid(r)}`,
  'tailscale key': (r) => `tskey-auth-k${r.text(alnum, 11)}CNTRL-${r.text(alnum, 32)}`,
  'fly token': of('fm2_', b64, 120),
  'netlify token': of('nfp_', alnum, 36),
  'sonar token': of('squ_', hex, 40),
  'circleci token': (r) => `CCIPAT_${r.text(alnum, 22)}_${r.text(hex, 40)}`,
  'swarm token': (r) => `SWMTKN-1-${r.text(lowerDigits, 50)}-${r.text(lowerDigits, 25)}`,
  'openshift token': of('sha256~', base64url, 43),
  'launchdarkly key': (r) => `sdk-${uuid(r)}`,
  'age key': of('AGE-SECRET-KEY-1', alphabets.bech32, 58),
  'json web token': jsonWebToken,
  'bcrypt hash': (r) => `$2b$12$${r.text(alnum, 53)}`,
  'unknown vendor': (r) => `${inventedWord(r, 2)}_live_${r.text(alnum, 32)}`,
};

function jsonWebToken(random: Random): string {
  const part = (text: string): string => Buffer.from(text).toString('base64url');
  const payload = { sub: random.text(digits, 8), iat: 1_700_000_000 + random.number(1e6) };
  return `${part('{"alg":"RS256","typ":"JWT"}')}.${part(JSON.stringify(payload))}.${random.text(base64url, 86)}`;
}

// What programs write around a token that needs no name to be known.
const tokenFrames: readonly ((token: string, random: Random) => string)[] = [
  (token) => `2026-03-01T10:00:00Z ERROR request failed, credential was ${token}`,
  (token) => `export SERVICE_CONFIG=${token}`,
  (token) => `{"level":"info","msg":"loaded","value":"${token}","n":3}`,
  (token) => `panic: cannot parse ${token}`,
  (token) => `  value: ${token}`,
  (token) => `args: [--endpoint https://api.example.net --with ${token}]`,
  (token) => `"env=PROD\\ncredential=${token}\\nregion=eu"`,
];

/** Fields whose names tell; the value is anything. */
const passwordNames = [
  'password',
  'DB_PASSWORD',
  'dbPassword',
  'spring.datasource.password',
  'redis-password',
  'SMTP_PASS',
  'passwd',
  'adminPwd',
  'MYSQL_ROOT_PASSWORD',
  'PGPASSWORD',
  'passphrase',
  'LDAP_BIND_PASSWORD',
];
const tokenNames = [
  'api_key',
  'API_TOKEN',
  'clientSecret',
  'AWS_SECRET_ACCESS_KEY',
  'secretKey',
  'auth-token',
  'access_token',
  'refreshToken',
  'JWT_SECRET',
  'X-Api-Key',
  'SharedAccessKey',
  'DD_API_KEY',
  'private_key',
  'encryptionKey',
  'webhook_secret',
  'CONSUL_HTTP_TOKEN',
];

type Frame = (name: string, value: string) => string;
const fieldFrames: Readonly<Record<string, Frame>> = {
  env: (name, value) => `${name}=${value}`,
  'env exported': (name, value) => `export ${name}="${value}"`,
  'env in a list': (name, value) => `starting with HOME=/root ${name}=${value} LANG=C`,
  json: (name, value) => JSON.stringify({ user: 'app', [name]: value, port: 5432 }),
  'json escaped': (name, value) => JSON.stringify({ msg: JSON.stringify({ [name]: value, retry: 3 }) }),
  'json twice escaped': (name, value) =>
    JSON.stringify({ log: JSON.stringify({ msg: JSON.stringify({ [name]: value, a: 1 }) }) }),
  yaml: (name, value) => `  ${name}: ${value}`,
  'yaml quoted': (name, value) => `  ${name}: '${value}'`,
  toml: (name, value) => `${name} = "${value}"`,
  ini: (name, value) => `${name}     = ${value}`,
  properties: (name, value) => `config.${name}=${value}`,
  xml: (name, value) => `<config><${name}>${value}</${name}><port>1</port></config>`,
  'xml attribute': (name, value) => `<add key="${name}" value="${value}" />`,
  logfmt: (name, value) => `level=info ${name}=${value} took=3ms`,
  'logfmt quoted': (name, value) => `level=info msg="set ${name}=${value}" took=3ms`,
  flag: (name, value) => `/bin/app --verbose --${name}=${value} --port 80`,
  'flag and blank': (name, value) => `/bin/app --${name} ${value} --port 80`,
  'flag in a list': (name, value) => `exec ["/bin/app","--${name}","${value}","-v"]`,
  'python dict': (name, value) => `params: {'host': 'db', '${name}': '${value}', 'ssl': True}`,
  'ruby hash': (name, value) => `{:host=>"db", :${name.replaceAll(/[-.]/g, '_')}=>"${value}"}`,
  'java toString': (name, value) => `Config{host='db', ${name}='${value}', port=1}`,
  'go struct': (name, value) => `{Host:db ${name.replaceAll(/[-.]/g, '')}:${value} Port:5432}`,
  'kubernetes env': (name, value) => `{"name":"${name}","value":"${value}"}`,
  'query parameter': (name, value) =>
    `GET /v1/items?limit=10&${name}=${encodeURIComponent(value)}&page=2 HTTP/1.1`,
  'connection string': (name, value) =>
    `Server=db,1433;Database=app;User Id=sa;${name}=${value};Encrypt=true`,
  'form body': (name, value) => `body: user=app&${name}=${encodeURIComponent(value)}&remember=1`,
  'terraform diff': (name, value) => `      + ${name} = "${value}"`,
  'php print_r': (name, value) => `    [${name}] => ${value}`,
  'two lines of kubernetes env': (name, value) => `        - name: ${name}\n          value: ${value}`,
};

/** Formats with a syntax of their own. */
const structural: Readonly<
  Record<string, (random: Random) => readonly [text: string, ...secrets: string[]]>
> = {
  'postgres link': (r) => link(r, (p) => `postgres://app:${p}@db.internal:5432/app?sslmode=require`),
  'mysql link': (r) => link(r, (p) => `dial mysql://root:${p}@10.2.3.4:3306/shop: timeout`),
  'mongodb link': (r) =>
    link(r, (p) => `MONGO_URL=mongodb+srv://svc:${p}@cluster0.abcde.mongodb.net/test?w=majority`),
  'redis link': (r) => link(r, (p) => `redis://:${p}@redis-master:6379/0`),
  'amqp link': (r) => link(r, (p) => `"amqp://guest:${p}@rabbit:5672/%2f"`),
  'git link': (r) =>
    link(r, (p) => `fatal: Authentication failed for 'https://oauth2:${p}@git.example.com/a/b.git/'`),
  'sentry dsn': (r) => link(r, (p) => `SENTRY_DSN=https://${p}@o1234.ingest.sentry.io/42`, r.text(hex, 32)),
  'go mysql dsn': (r) => link(r, (p) => `open root:${p}@tcp(mysql:3306)/shop?parseTime=true`),
  'jdbc link': (r) => link(r, (p) => `jdbc:postgresql://db:5432/app?user=app&password=${p}`),
  'jdbc oracle': (r) => link(r, (p) => `jdbc:oracle:thin:scott/${p}@//ora:1521/XE`, r.text(alnum, 12)),
  'kafka jaas': (r) =>
    quoted(
      r,
      (p) =>
        `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="${p}";`,
    ),
  'azure storage': (r) =>
    link(
      r,
      (p) => `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${p};EndpointSuffix=core.windows.net`,
      `${r.text(b64, 86)}==`,
    ),
  'azure sas': (r) =>
    link(
      r,
      (p) => `https://x.blob.core.windows.net/c/f?sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2027-01-01&sig=${p}`,
      `${r.text(alnum, 42)}%3D`,
    ),
  's3 presigned': (r) =>
    link(
      r,
      (p) =>
        `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature=${p}`,
      r.text(hex, 64),
    ),
  'signature v4': (r) =>
    link(
      r,
      (p) =>
        `Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=${p}`,
      r.text(hex, 64),
    ),
  'bearer header': (r) => link(r, (p) => `> Authorization: Bearer ${p}`, r.text(alnum, 40)),
  'bearer in json': (r) =>
    link(r, (p) => `{"headers":{"authorization":"Bearer ${p}","accept":"*/*"}}`, r.text(hex, 40)),
  'bearer in go map': (r) =>
    link(r, (p) => `map[Accept:[*/*] Authorization:[Bearer ${p}] User-Agent:[x]]`, r.text(alnum, 32)),
  'basic header': (r) => withBase64(r, (p) => `Authorization: Basic ${p}`),
  'token header': (r) =>
    link(r, (p) => `curl -H 'Authorization: token ${p}' https://api.example.com`, r.text(hex, 40)),
  cookie: (r) => link(r, (p) => `Cookie: theme=dark; session=${p}; lang=en`, r.text(alnum, 32)),
  'set-cookie': (r) => link(r, (p) => `< Set-Cookie: sid=${p}; Path=/; HttpOnly; Secure`, r.text(alnum, 40)),
  'docker auth': (r) => withBase64(r, (p) => `{"auths":{"registry.example.com":{"auth":"${p}"}}}`),
  npmrc: (r) => link(r, (p) => `//npm.example.com/:_authToken=${p}`, uuid(r)),
  netrc: (r) => quoted(r, (p) => `machine api.example.com login bob password ${p}`),
  'curl user': (r) => quoted(r, (p) => `+ curl -sS -u deploy:${p} https://nexus.example.com/x`),
  'mysql option': (r) => quoted(r, (p) => `mysql -h db -uroot -p${p} shop -e 'select 1'`),
  'redis-cli option': (r) => quoted(r, (p) => `redis-cli -h redis -a ${p} ping`),
  'docker login': (r) => quoted(r, (p) => `docker login -u bob -p ${p} registry.example.com`),
  'sshpass option': (r) => quoted(r, (p) => `sshpass -p ${p} ssh root@10.0.0.1 uptime`),
  'sql statement': (r) => quoted(r, (p) => `ALTER USER 'app'@'%' IDENTIFIED BY '${p}';`),
  'sql role': (r) => quoted(r, (p) => `STATEMENT:  CREATE ROLE app WITH LOGIN PASSWORD '${p}';`),
  'smtp auth': (r) => withBase64(r, (p) => `DEBUG SMTP: AUTH PLAIN ${p}`),
  'mysql first start': (r) =>
    quoted(r, (p) => `[Note] A temporary password is generated for root@localhost: ${p}`),
  'spring first start': (r) => link(r, (p) => `Using generated security password: ${p}`, uuid(r)),
  'spoken password': (r) => quoted(r, (p) => `the admin password is ${p}`, `${r.text(alnum, 10)}!7`),
  'spoken token': (r) => link(r, (p) => `retrying with token ${p} after 3 s`, `a7${r.text(alnum, 30)}9Z`),
  'wireguard key': (r) => link(r, (p) => `PrivateKey = ${p}`, `${r.text(b64, 43)}=`),
  'redis.conf': (r) => quoted(r, (p) => `requirepass ${p}`),
  'unseal key': (r) => link(r, (p) => `Unseal Key 3: ${p}`, r.text(b64, 44)),
  'card number': (r) => link(r, (p) => `charging card ${p} failed`, cardNumber(r)),
  'e-mail': (r) =>
    link(
      r,
      (p) => `no such user ${p} in realm`,
      `${inventedWord(r)}.${inventedWord(r)}@${inventedWord(r)}.example.org`,
    ),
  'pem block': (r) => pem(r, (lines) => lines.join('\n')),
  'pem escaped': (r) => pem(r, (lines) => `{"private_key":"${lines.join('\\n')}\\n","client_id":"1"}`),
  'pem without its begin': (r) => pem(r, (lines) => lines.slice(3).join('\n')),
  'pem without its end': (r) => pem(r, (lines) => lines.slice(0, 9).join('\n')),
  'pem behind time stamps': (r) =>
    pem(r, (lines) => lines.map((line) => `2026-03-01T10:00:00.000000000Z stdout F ${line}`).join('\n')),
  'kubeconfig key': (r) =>
    link(
      r,
      (p) => `    client-key-data: ${p}`,
      base64(`-----BEGIN RSA PRIVATE KEY-----\n${r.text(b64, 64)}`),
    ),
};

function link(
  random: Random,
  frame: (secret: string) => string,
  secret = random.text(alnum, 16),
): [string, string] {
  return [frame(secret), secret];
}

function quoted(
  random: Random,
  frame: (secret: string) => string,
  secret = chosenPassword(random),
): [string, string] {
  return [frame(secret), secret];
}

function withBase64(random: Random, frame: (secret: string) => string): [string, string] {
  const secret = base64(`bob:${random.text(alnum, 14)}`);
  return [frame(secret), secret];
}

function pem(random: Random, frame: (lines: string[]) => string): [string, ...string[]] {
  const body = Array.from({ length: 14 }, () => random.text(b64, 64));
  const lines = [
    '-----BEGIN PRIVATE KEY-----',
    ...body,
    `${random.text(b64, 22)}==`,
    '-----END PRIVATE KEY-----',
  ];
  const text = frame(lines);
  return [text, ...body.filter((line) => text.includes(line))];
}

/** A Visa number with the right check digit. */
function cardNumber(random: Random): string {
  const body = `4${random.text(digits, 14)}`;
  const sum = Array.from(body, Number).reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** The corpus of secrets: every vendor format in two frames, every field syntax with four names, every structure. */
export function secretSamples(random: Random): SecretSample[] {
  const samples: SecretSample[] = [];
  for (const [format, make] of Object.entries(vendorFormats)) {
    for (let round = 0; round < 2; round += 1) {
      const secret = make(random);
      samples.push({ format, text: random.pick(tokenFrames)(secret, random), secrets: [secret] });
    }
  }
  for (const [format, frame] of Object.entries(fieldFrames)) {
    for (let round = 0; round < 4; round += 1) {
      const isPassword = round % 2 === 0;
      const secret = isPassword ? chosenPassword(random) : random.text(alnum, 20 + random.number(24));
      const text = frame(random.pick(isPassword ? passwordNames : tokenNames), secret);
      samples.push({
        format,
        text,
        secrets: [secret, encodeURIComponent(secret)].filter((form) => text.includes(form)),
      });
    }
  }
  for (const [format, make] of Object.entries(structural)) {
    for (let round = 0; round < 2; round += 1) {
      const [text, ...secrets] = make(random);
      samples.push({ format, text, secrets });
    }
  }
  return samples;
}
