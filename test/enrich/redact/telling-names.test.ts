import { expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';

const redactor = createRedactor(defaultRedactionOptions);

function isTakenOut(name: string, value: string): boolean {
  return redactor.redactText(`${name}=${value}`).text !== `${name}=${value}`;
}

// A copy, so that a word that goes missing from the vocabulary is noticed: the corpora mostly have values that tell by themselves.
const telling = `
  password passwords passwd passwort passphrase passcode pwd pw psw pswd motdepasse senha contrasena contraseña kennwort wachtwoord mnemonic seedphrase authpass privpass bindpw rootpw requirepass
  masterauth psk storepass keypass bindpasswd userpw masterpass passord adgangskode lösenord losenord salasana parola parole haslo hasło heslo lozinka jelszo jelszó şifre sifre slaptazodis
  contrasenya fjalekalimi пароль пароля парола лозинка κωδικός סיסמה 密码 密碼 口令 パスワード 비밀번호 암호 geheimnis geheimwort losungswort zugangscode
  token apikey accesskey secretkey privatekey authkey masterkey signingkey apitoken authtoken accesstoken refreshtoken bearertoken idtoken sessiontoken clientsecret appsecret jwt sastoken accountkey
  sharedkey skey transactionkey servicekey routingkey subscriptionkey appkey serverkey storagekey apisecret consumersecret encryptionkey licensekey presharedkey deploykey bottoken identitytoken authcode
  hmackey tokensecret usertoken servicetoken webhooksecret sharedaccesskey instrumentationkey
  api_key access-key secret.key signingKey encryption_key masterKey clientSecret session_key webhookKey tsig_key wireguard_key key_hex keyBytes`
  .trim()
  .split(/\s+/);

test.each(telling)('what stands under %s is taken out, even if it is a word', (name) => {
  expect(isTakenOut(name, 'tuesday')).toBe(true);
});

test.each(
  'pass secrets credential salt auth sessionid csrf jeton schlüssel ключ 密钥 service_key userKey'.split(' '),
)('under %s the value decides', (name) => {
  expect([isTakenOut(name, 'tuesday'), isTakenOut(name, 'a8Kd03kfLs')]).toEqual([false, true]);
});

test.each(
  'key public_key partition_key sort-key cacheKey primaryKey group_key topicKey s3_key kms_key next_token page_token cursor password_file passwordPolicy secretName secretRef token_type tokenCount auth_mode'.split(
    ' ',
  ),
)('what stands under %s stays', (name) => {
  expect(isTakenOut(name, 'tuesday')).toBe(false);
});

test.each([
  ['bob:tuesday', true],
  ['bob:', true],
  ['bob:\u0007day', false],
])('behind Basic stands the base64 of %j, which is taken out: %j', (credentials, isTaken) => {
  const line = `challenge Basic ${btoa(credentials)} was sent`;
  expect(redactor.redactText(line).text !== line).toBe(isTaken);
});
