import { alphabets, base64, chosenPassword, inventedWord, uuid, type Random } from './random.ts';
import type { SecretSample } from './secrets.ts';

/**
 * A second corpus, from other material than the first, written when the rules had been frozen. Its first look is in
 * docs/redaction.md; the defects it showed were mended afterwards, so that it guards against falling back now.
 */

const { alnum, hex, base64url, digits, lowerDigits } = alphabets;
const b64 = alphabets.base64;

type Make = (random: Random) => readonly [text: string, ...secrets: string[]];

const withPassword =
  (frame: (secret: string) => string): Make =>
  (random) => {
    const secret = chosenPassword(random);
    return [frame(secret), secret];
  };

const withToken =
  (alphabet: string, length: number, frame: (secret: string) => string, prefix = ''): Make =>
  (random) => {
    const secret = prefix + random.text(alphabet, length);
    return [frame(secret), secret];
  };

const makers: Readonly<Record<string, Make>> = {
  'gradle properties': withPassword((s) => `signing.keyPassword=${s}`),
  'maven settings': withPassword(
    (s) => `      <server><id>nexus</id><username>ci</username><password>${s}</password></server>`,
  ),
  'composer auth': withToken(hex, 40, (s) => `{"github-oauth":{"github.com":"${s}"}}`),
  'nuget config': withPassword((s) => `<add key="ClearTextPassword" value="${s}" />`),
  'helm set': withPassword(
    (s) => `helm upgrade app ./chart --set postgresql.auth.postgresPassword=${s} --wait`,
  ),
  'docker run': withPassword(
    (s) => `docker run -e POSTGRES_USER=app -e POSTGRES_PASSWORD=${s} -d postgres:16`,
  ),
  'compose dump': withPassword((s) => `      MARIADB_ROOT_PASSWORD: "${s}"`),
  'kubectl describe': withPassword((s) => `      KEYCLOAK_ADMIN_PASSWORD:   ${s}`),
  'go printf of options': withPassword(
    (s) => `opts=&{Addr:redis:6379 Username:default Password:${s} DB:0 PoolSize:10}`,
  ),
  'go quoted struct': withPassword(
    (s) => `config.Database{Host:"db", User:"app", Password:"${s}", Port:5432}`,
  ),
  'rust debug': withPassword((s) => `Config { host: "db", password: "${s}", tls: None }`),
  'rust option': withPassword((s) => `Settings { api_secret: Some("${s}"), retries: 3 }`),
  'python repr': withPassword((s) => `Settings(db_host='db', db_password='${s}', debug=False)`),
  'python bytes': withPassword((s) => `{'username': b'app', 'password': b'${s}'}`),
  'dataclass in traceback': withPassword(
    (s) => `ValueError: bad settings: Credentials(user='app', secret_key='${s}')`,
  ),
  'node inspect': withPassword((s) => `  password: '${s}',`),
  'java map': withPassword((s) => `{bootstrap.servers=kafka:9092, ssl.key.password=${s}, acks=all}`),
  'scala case class': withPassword((s) => `DbConfig(url=jdbc:h2:mem, password=${s})`),
  'csharp record': withPassword((s) => `Credentials { User = app, Password = ${s} }`),
  'elixir keyword': withPassword((s) => `[hostname: "db", username: "app", password: "${s}", pool_size: 5]`),
  'hcl heredoc line': withPassword((s) => `  admin_password      = "${s}" # TODO`),
  'ansible diff': withPassword((s) => `+mysql_root_password: ${s}`),
  'shell trace': withPassword((s) => `+ export 'ADMIN_PASS=${s}'`),
  'fish and env': withPassword((s) => `env -u FOO MQTT_PASSWORD='${s}' ./publish`),
  mosquitto_pub: withPassword((s) => `mosquitto_pub -h mq -u dev -P ${s} -t t -m hi`),
  mongosh: withPassword((s) => `mongosh "mongodb://root:${s}@mongo:27017/admin?authSource=admin"`),
  'clickhouse link': withPassword((s) => `clickhouse://default:${encodeURIComponent(s)}@ch:9000/db`),
  'smtp link': withPassword((s) => `MAILER_DSN=smtp://mailer:${encodeURIComponent(s)}@smtp.example.com:587`),
  'celery link': withPassword(
    (s) => `Cannot connect to amqp://worker:${encodeURIComponent(s)}@rabbit:5672//: timed out.`,
  ),
  'ldap link error': withPassword((s) => `LDAP bind failed: dn=cn=svc,dc=x password=${s} code=49`),
  npgsql: withPassword((s) => `Host=pg;Port=5432;Username=app;Password=${s};Database=app`),
  odbc: withPassword((s) => `DRIVER={ODBC Driver 18 for SQL Server};SERVER=db;UID=sa;PWD=${s}`),
  'ftp session': withPassword((s) => `---> PASS ${s}`),
  'imap session': (r) => {
    const secret = base64(`\u0000bob\u0000${r.text(alnum, 12)}`);
    return [`C: a1 AUTHENTICATE PLAIN ${secret}`, secret];
  },
  'told by a person': withPassword((s) => `use the password "${s}" to sign in`),
  'reset notice': withPassword((s) => `Password for admin has been reset to '${s}'`),
  'first login': withPassword((s) => `Login with username: admin and password: ${s}`),
  'generated password': withToken(alnum, 16, (s) => `Generated random password for user admin: ${s}9`),
  'xml-rpc': withPassword(
    (s) => `<member><name>password</name><value><string>${s}</string></value></member>`,
  ),
  multipart: withPassword((s) => `Content-Disposition: form-data; name="password"\n\n${s}\n--boundary`),
  graphql: withPassword((s) => `mutation { login(email: "a", password: "${s}") { id } }`),
  'graphql variables': withPassword(
    (s) => `{"query":"mutation L($p:String!){x}","variables":{"newPassword":"${s}"}}`,
  ),
  'url-encoded json': withPassword((s) => `payload=%7B%22password%22%3A%22${encodeURIComponent(s)}%22%7D`),
  'csv with a head': withPassword((s) => `user,password\nbob,${s}`),
  'aws cli': withToken(b64, 40, (s) => `aws configure set aws_secret_access_key ${s}`),
  'aws credential process': (r) => {
    const secret = r.text(alnum, 40);
    return [
      `{"Version":1,"AccessKeyId":"ASIA${r.text(alphabets.base32, 16)}","SecretAccessKey":"${secret}","Expiration":"2026"}`,
      secret,
    ];
  },
  s3cmd: withToken(alnum, 40, (s) => `secret_key = ${s}`),
  rclone: withToken(base64url, 36, (s) => `secret_access_key = ${s}`),
  'gcs hmac': withToken(b64, 40, (s) => `"hmacKey": {"secret": "${s}"}`),
  'azure cosmos': withToken(
    b64,
    86,
    (s) => `AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=${s}==;`,
  ),
  'azure event grid': withToken(b64, 43, (s) => `aeg-sas-key: ${s}=`),
  'azure functions': withToken(base64url, 54, (s) => `POST https://x.azurewebsites.net/api/f?code=${s}==`),
  'application insights': (r) => {
    const secret = uuid(r);
    return [`APPINSIGHTS_INSTRUMENTATIONKEY=${secret}`, secret];
  },
  'vault unwrap': withToken(base64url, 24, (s) => `VAULT_TOKEN=hvs.${s} vault unwrap`),
  'consul header': (r) => {
    const secret = uuid(r);
    return [`X-Consul-Token: ${secret}`, secret];
  },
  'nomad link': (r) => {
    const secret = uuid(r);
    return [`GET /v1/jobs?token=${secret}&namespace=default`, secret];
  },
  'rancher token': withToken(lowerDigits, 54, (s) => `CATTLE_TOKEN=token-x7k2p:${s}`),
  'argo cookie': withToken(base64url, 40, (s) => `Cookie: argocd.token=eyJhbGciOiJIUzI1NiJ9.e30.${s}`),
  'gitlab ci job': withToken(
    base64url,
    20,
    (s) => `fatal: unable to access 'https://gitlab-ci-token:${s}@gitlab.com/a/b.git/'`,
  ),
  'gitlab header': withToken(base64url, 20, (s) => `JOB-TOKEN: ${s}`),
  'jira basic': (r) => {
    const secret = base64(`bob@example.com:${r.text(alnum, 24)}`);
    return [`headers={'Authorization': 'Basic ${secret}', 'Accept': '*/*'}`, secret];
  },
  'slack legacy link': withToken(
    alnum,
    24,
    (s) => `https://slack.com/api/chat.postMessage?token=xoxp-1-2-3-${s}&channel=x`,
  ),
  'datadog agent': withToken(hex, 32, (s) => `DD_API_KEY: ${s} (masked: no)`),
  'datadog link': withToken(hex, 32, (s) => `https://api.datadoghq.com/api/v1/validate?api_key=${s}`),
  'new relic ini': withToken(hex, 40, (s) => `license_key = ${s}`),
  'sumo link': withToken(
    base64url,
    60,
    (s) => `collectorUrl https://endpoint1.collection.sumologic.com/receiver/v1/http/${s}==`,
  ),
  logdna: withToken(hex, 32, (s) => `LOGDNA_INGESTION_KEY=${s}`),
  'pagerduty body': withToken(hex, 32, (s) => `{"routing_key":"${s}","event_action":"trigger"}`),
  opsgenie: (r) => {
    const secret = uuid(r);
    return [`opsgenie_api_key: ${secret}`, secret];
  },
  algolia: withToken(hex, 32, (s) => `X-Algolia-API-Key: ${s}`),
  openweather: withToken(hex, 32, (s) => `GET /data/2.5/weather?q=Oslo&appid=${s}`),
  'maps link': withToken(
    base64url,
    35,
    (s) => `maps.googleapis.com/maps/api/geocode/json?address=x&key=AIza${s}`,
  ),
  recaptcha: withToken(base64url, 40, (s) => `RECAPTCHA_SECRET=${s}`),
  'oauth exchange': withToken(
    base64url,
    43,
    (s) => `grant_type=authorization_code&code=${s}&redirect_uri=https%3A%2F%2Fx`,
  ),
  pkce: withToken(base64url, 64, (s) => `code_verifier=${s}&client_id=web`),
  'device flow': withToken(base64url, 43, (s) => `{"device_code":"${s}","user_code":"ABCD-EFGH"}`),
  'openid assertion': withToken(base64url, 120, (s) => `client_assertion=${s}&client_assertion_type=urn`),
  'webhook signature key': withToken(b64, 43, (s) => `webhook.signingSecret=${s}=`),
  'rails master key': withToken(hex, 32, (s) => `RAILS_MASTER_KEY=${s}`),
  'laravel key': withToken(b64, 43, (s) => `APP_KEY=base64:${s}=`),
  'django key': withToken(`${alnum}!@#$%^&*`, 50, (s) => `SECRET_KEY = 'django-${s}'`),
  'fernet key': withToken(base64url, 43, (s) => `AIRFLOW__CORE__FERNET_KEY=${s}=`),
  nextauth: withToken(b64, 43, (s) => `NEXTAUTH_SECRET=${s}=`),
  'wordpress salt': withToken(
    `${alnum}!@#$%^&*()-_[]{}<>~+=,.;:/?|`,
    64,
    (s) => `define('SECURE_AUTH_KEY',  '${s}');`,
  ),
  'erlang cookie': withToken(lowerDigits, 32, (s) => `RABBITMQ_ERLANG_COOKIE=${s}`),
  'zookeeper digest': withToken(
    alnum,
    14,
    (s) => `Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_super="${s}"; };`,
  ),
  'kafka scram': withPassword(
    (s) => `kafka-configs.sh --add-config 'SCRAM-SHA-512=[password=${s}]' --entity-name app`,
  ),
  'ssh-keygen': withPassword((s) => `ssh-keygen -t ed25519 -N '${s}' -f key`),
  'openssl enc': withPassword((s) => `openssl enc -aes-256-cbc -k ${s} -in a -out b`),
  'gpg batch': withPassword((s) => `Passphrase: ${s}`),
  wifi: withPassword((s) => `network={ ssid="home" psk="${s}" }`),
  ipsec: withPassword((s) => `10.0.0.1 10.0.0.2 : PSK "${s}"`),
  pgbouncer: withPassword((s) => `"app" "${s}"`),
  'shadow line': withToken(alnum, 86, (s) => `app:$6$saltsalt$${s}:19700:0:99999:7:::`),
  'htpasswd line': withToken(alnum, 31, (s) => `admin:$2y$05$abcdefghijklmnopqrstuv${s}`),
  'ec key': withToken(b64, 64, (s) => `-----BEGIN EC PRIVATE KEY-----\n${s}\n-----END EC PRIVATE KEY-----`),
  'ssh key in json logs': (r) => {
    const body = Array.from({ length: 5 }, () => r.text(b64, 70));
    const lines = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...body, '-----END OPENSSH PRIVATE KEY-----'];
    return [lines.map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr' })).join('\n'), ...body];
  },
  'pgp key': (r) => {
    const body = Array.from({ length: 6 }, () => r.text(b64, 64));
    return [
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${body.join('\n')}\n=${r.text(alnum, 4)}\n-----END PGP PRIVATE KEY BLOCK-----`,
      ...body,
    ];
  },
  'key in an env variable': (r) => {
    const body = Array.from({ length: 4 }, () => r.text(b64, 64));
    return [
      `TLS_KEY="-----BEGIN RSA PRIVATE KEY-----\\n${body.join('\\n')}\\n-----END RSA PRIVATE KEY-----"`,
      ...body,
    ];
  },
  'secret manifest': (r) => {
    const secret = base64(chosenPassword(r));
    return [`data:\n  username: YXBw\n  password: ${secret}`, secret];
  },
  'one-time code': withToken(digits, 6, (s) => `Your verification code is ${s}, valid for 5 minutes`),
  'bare word token': withToken(alnum, 32, (s) => `unauthorized: token "${s}" is not known`),
  'api key in an error': withToken(hex, 32, (s) => `API key ${s} has been disabled`),
  'masked badly': withToken(alnum, 28, (s) => `using key=****, fallback secret=${s}`),
  'colour around it': withPassword((s) => `\u001b[36mpassword\u001b[0m=${s} \u001b[32mok\u001b[0m`),
  'unknown vendor key': withToken(alnum, 36, (s) => `ACME_API_KEY=acme-${s}`),
  'unknown vendor header': withToken(alnum, 36, (s) => `X-Acme-Key: ${s}`),
  'bare base62': withToken(alnum, 40, (s) => `connecting with ${s}`),
  'bare hex': withToken(hex, 64, (s) => `loaded ${s} from disk`),
  'spoken after': withPassword((s) => `${s} is the new root password`),
  'invented scheme': withToken(alnum, 32, (s) => `Authorization: ${inventedScheme} ${s}`),
};

const inventedScheme = 'Acme-Key';

/** Two samples of every format. */
export function heldOutSecrets(random: Random): SecretSample[] {
  return Object.entries(makers).flatMap(([format, make]) =>
    [1, 2].map(() => {
      const [text, ...secrets] = make(random);
      const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
      return { format, text, secrets: forms.filter((form) => text.includes(form)) };
    }),
  );
}

type Line = (random: Random) => string;

const hexOf =
  (length: number) =>
  (random: Random): string =>
    random.text(hex, length);

const ordinary: readonly Line[] = [
  (r) =>
    `level=info msg="Syncing secret" namespace=prod name=${inventedWord(r)}-tls resourceVersion=${r.text(digits, 8)}`,
  (r) =>
    `cert-manager: Re-queuing item due to optimistic locking on resource key="prod/${inventedWord(r)}-tls" error="Operation cannot be fulfilled"`,
  (r) =>
    `I0401 10:11:12.123456 1 event.go:377] "Event occurred" object="prod/app-${r.text(alphabets.pod, 9)}" kind="ReplicaSet" apiVersion="apps/v1" type="Normal" reason="SuccessfulCreate"`,
  (r) =>
    `coredns: [INFO] 10.1.2.3:${r.number(60000)} - ${r.number(60000)} "A IN secretsmanager.eu-west-1.amazonaws.com. udp 64 false 1232" NOERROR qr,aa,rd 120 0.0${r.number(900)}s`,
  (r) =>
    `calico-node: felix/int_dataplane.go 1836: Received *proto.WorkloadEndpointUpdate update from calculation graph msg=id:<orchestrator_id:"k8s" workload_id:"prod/app-${r.text(hex, 8)}">`,
  (r) =>
    `fluent-bit: [error] [output:es:es.0] HTTP status=401 URI=/_bulk, response: {"error":{"type":"security_exception","reason":"unable to authenticate user [fluent] for REST request [/_bulk]"}} id=${hexOf(8)(r)}`,
  (r) =>
    `grafana: logger=authn.service t=2026-04-01T10:00:00Z level=warn msg="Failed to authenticate request" client=auth.client.session error="user token not found" traceID=${hexOf(32)(r)}`,
  (r) =>
    `grafana: logger=context userId=0 orgId=0 uname= msg="Request Completed" method=GET path=/api/login/ping status=401 remote_addr=10.1.1.${r.number(250)} time_ms=3 referer= handler=/api/login/ping`,
  (r) =>
    `loki: level=info ts=2026-04-01T10:00:00Z caller=metrics.go:170 org_id=fake traceID=${hexOf(16)(r)} query="{app=\\"auth\\"} |= \\"token\\"" query_hash=${r.text(digits, 9)} duration=12ms`,
  (r) =>
    `keycloak: type="LOGIN_ERROR", realmId="${uuid(r)}", clientId="web", userId="null", ipAddress="10.0.0.${r.number(250)}", error="invalid_user_credentials", auth_method="openid-connect", auth_type="code", redirect_uri="https://app.example.com/cb"`,
  (r) =>
    `keycloak: WARN [org.keycloak.events] type=REFRESH_TOKEN_ERROR, error=invalid_token, reason='Token is not active', code_id=${uuid(r)}`,
  (r) => `dex: level=error msg="Failed to get auth request: not found" request_id=${uuid(r)}`,
  (r) =>
    `oauth2-proxy: [AuthFailure] Invalid authentication via OAuth2: unable to obtain CSRF cookie, request ${uuid(r)}`,
  (r) =>
    `istiod: info ads LDS: PUSH request for node:app-${r.text(alphabets.pod, 5)}.prod resources:${r.number(90)} size:90.5kB`,
  (r) => `istio-proxy: info sds resource:default pushed key/cert pair to proxy, serial ${hexOf(32)(r)}`,
  (r) =>
    `linkerd: [ ${r.number(99)}.001s] INFO ThreadId(01) linkerd2_proxy: Local identity is default.prod.serviceaccount.identity.linkerd.cluster.local`,
  (r) =>
    `spark: 26/04/01 10:00:00 INFO SecurityManager: SecurityManager: authentication disabled; ui acls disabled; users with view permissions: Set(app); keys=${r.number(99)}`,
  (r) => `flink: Job ${hexOf(32)(r)} switched from state RUNNING to FAILING.`,
  (r) =>
    `airflow: [2026-04-01, 10:00:00 UTC] {taskinstance.py:1332} INFO - Executing <Task(PythonOperator): rotate_tokens> on 2026-03-31 run ${uuid(r)}`,
  (r) =>
    `elasticsearch: [o.e.x.s.a.ApiKeyService] [es-0] the keystore has ${r.number(9)} entries; cluster.uuid ${r.text(base64url, 22)}`,
  (r) =>
    `minio: API: SYSTEM() Time: 10:00:00 UTC Error: unable to find key ${inventedWord(r)}/part.1 RequestID: ${r.text(alphabets.upper, 16)}`,
  (r) =>
    `vault: [INFO] core: successful mount: namespace="" path=secret/ type=kv version="v0.${r.number(20)}.0+builtin"`,
  (r) =>
    `vault: [ERROR] auth.kubernetes.auth_kubernetes_${hexOf(8)(r)}: login unauthorized: err="lookup failed: [invalid bearer token, unknown]"`,
  (r) =>
    `consul: agent.http: Request error: method=GET url=/v1/kv/app/${inventedWord(r)}?raw from=10.0.0.1:${r.number(60000)} error="ACL not found"`,
  (r) =>
    `traefik: 10.0.0.1 - - [01/Apr/2026:10:00:00 +0000] "GET /reset-password/${r.number(99)} HTTP/2.0" 404 19 "-" "-" ${r.number(9999)} "web@kubernetes" "-" 0ms`,
  (r) =>
    `haproxy[${r.number(99)}]: 10.0.0.1:${r.number(60000)} [01/Apr/2026:10:00:00.001] fe be/s1 0/0/1/${r.number(99)}/9 200 512 - - ---- 1/1/0/0/0 0/0 "POST /session/token HTTP/1.1"`,
  (r) =>
    `postgres: LOG:  connection authenticated: identity="app" method=scram-sha-256 (/var/lib/postgresql/pg_hba.conf:${r.number(99)})`,
  (r) =>
    `mysqld: ${r.number(99)} [Note] Access denied for user 'app'@'10.0.0.${r.number(250)}' (using password: NO)`,
  (r) =>
    `rabbitmq: 2026-04-01 10:00:00 [error] <0.${r.number(9999)}.0> PLAIN login refused: user 'app' - invalid credentials`,
  (r) =>
    `kafka: [Consumer clientId=c-${uuid(r)}, groupId=tokens] Resetting offset for partition tokens-0 to position FetchPosition{offset=${r.number(99999)}, offsetEpoch=Optional.empty}`,
  (r) =>
    `hibernate: select u1_0.id,u1_0.password_hash,u1_0.token_version from users u1_0 where u1_0.id=${r.number(9999)}`,
  (r) =>
    `spring: Bean 'jwtTokenProvider' of type [com.acme.JwtTokenProvider$$SpringCGLIB$$${r.number(9)}] is not eligible for getting processed by all BeanPostProcessors`,
  (r) => `gin: [GIN] 2026/04/01 - 10:00:00 | 401 | ${r.number(999)}.123µs | 10.0.0.1 | POST "/v1/auth/token"`,
  (r) =>
    `go: fatal error: concurrent map writes\tgithub.com/acme/auth.(*KeyStore).Rotate(0xc000${hexOf(6)(r)})`,
  (r) => `node: DeprecationWarning: Buffer() is deprecated (at TokenStore.save, store.js:${r.number(99)})`,
  (r) => `python: jwt.exceptions.InvalidSignatureError: Signature verification failed (kid ${hexOf(12)(r)})`,
  (r) => `celery: Task accounts.tasks.send_password_reset[${uuid(r)}] succeeded in 0.${r.number(999)}s: None`,
  (r) =>
    `rails: Completed 422 Unprocessable Entity in ${r.number(99)}ms (ActionController::InvalidAuthenticityToken)`,
  (r) =>
    `dotnet: Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler: Information: Failed to validate the token. IDX10501: Signature validation failed. Unable to match key: kid: '${hexOf(20)(r)}'.`,
  (r) =>
    `terraform: module.db.random_password.main: Refreshing state... [id=none]; aws_kms_key.main [id=${uuid(r)}]`,
  (r) => `buildkit: #${r.number(20)} exporting config ${`sha256:${hexOf(64)(r)}`} done`,
  (r) => `ci: Restoring cache key: v1-deps-${hexOf(64)(r)}`,
  (r) => `ci: Masking secrets in logs; 14 secrets loaded for job ${r.number(9999999)}`,
  (r) => `git: ${hexOf(40)(r)} refs/heads/fix/password-reset-token`,
  (r) => `yarn: resolution "@types/jsonwebtoken@npm:9.0.${r.number(9)}" checksum: ${hexOf(64)(r)}`,
  (r) => `pip: Hash of the package doesn't match: Expected sha256 ${hexOf(64)(r)}`,
  (r) => `sshd: Received disconnect from 10.0.0.1 port ${r.number(60000)}:11: disconnected by user [preauth]`,
  (r) => `pam: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0) pid=${r.number(9999)}`,
  (r) => `chrony: Selected source 10.0.0.${r.number(250)} (ntp.example.com), key 0`,
  (r) =>
    `quota: token-bucket rate limiter: 429 Too Many Requests, retry after ${r.number(60)}s, tokens left 0`,
  (r) => `ml: loss=0.${r.number(9999)} tokens/s=${r.number(9999)} lr=3e-4 tokens_seen=${r.number(1e9)}`,
  (r) =>
    `llm: {"object":"chat.completion","id":"chatcmpl-${r.text(alnum, 29)}","usage":{"total_tokens":${r.number(999)}}}`,
  (r) => `stripe: charge ch_${r.text(alnum, 24)} failed: card_declined (request req_${r.text(alnum, 14)})`,
  (r) =>
    `aws: AccessDenied: User: arn:aws:sts::${r.text(digits, 12)}:assumed-role/app/i-0${hexOf(16)(r)} is not authorized to perform: secretsmanager:GetSecretValue`,
  (r) =>
    `gcp: googleapi: Error 403: Permission 'secretmanager.versions.access' denied for resource 'projects/${r.text(digits, 12)}/secrets/db/versions/latest'`,
  (r) =>
    `azure: AADSTS7000215: Invalid client secret provided. Trace ID: ${uuid(r)} Correlation ID: ${uuid(r)} Timestamp: 2026-04-01 10:00:00Z`,
  (r) =>
    `probe: Liveness probe failed: Get "http://10.1.${r.number(250)}.7:8080/healthz?token=none": context deadline exceeded`,
  (r) => `flag: feature password-less-login=on cohort=${r.number(9)} key=login.passwordless`,
  (r) => `form validation failed: password: is too short (minimum is 8 characters), attempt ${r.number(9)}`,
  (r) => `i18n: missing translation for key auth.password.forgot in locale de-${r.number(9)}`,
];

/** `count` ordinary lines of other programs and kinds than those of the first corpus. */
export function heldOutOrdinary(random: Random, count = 1_000): string[] {
  return Array.from({ length: count }, (_, at) => (ordinary[at % ordinary.length] as Line)(random));
}
