/**
 * Documented token formats that begin with a fixed prefix, a line for each vendor: the prefixes, which characters follow, and how
 * many at least (or at least and at most, where the prefix alone is too weak to tell). Written from the vendors'
 * documentation. Checksums (GitHub's and npm's CRC-32 at the end, for example) are left alone on purpose: a token that was cut
 * or mistyped is still mostly a secret.
 */
export const vendorTable = `
  AWS  AKIA ASIA ABIA ACCA  upper  12-28  ABSK bedrock-api-key-  base64  40  amzn.mws.  dashed  36-36
  Google  AIza  word  30  ya29. ya29.c. GOCSPX- 1//0 4/0A  dotted  20  GOOG1E  alnum  40  AQ.Ab8  word  30
  Alibaba  LTAI  alnum  12-26
  Tencent  AKID  alnum  28-44
  Yandex  AQVN y0_ YCAJE t1.9eu  dotted  30  YCP YCN  word  36-38
  DigitalOcean  dop_v1_ doo_v1_ dor_v1_  hex  32  DO00  upper  16-16
  Scaleway  SCW  upper  17-17
  Heroku  HRKU-  word  30
  Fly.io  fo1_ fm1r_ fm1a_ fm2_  base64  30
  Render  rnd_  alnum  24
  Vercel  vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_  word  24
  Netlify  nfp_ nfc_ nfo_ nfu_ nfb_  alnum  30
  Cloudflare  cfk_ cfut_ cfat_  word  32  v1.0-  dashed  100
  Tailscale  tskey-  dashed  16
  ngrok  ak_2 cr_2  alnum  26-60
  Pulumi  pul-  hex  32
  Exoscale  EXO  hex  24-32
  Oracle  ocid1.credential.  dotted  40
  GitHub  ghp_ gho_ ghu_ ghs_ ghr_ github_pat_  word  20
  GitLab  glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glwt- glft-  dotted  16  GR1348941  word  16
  Bitbucket  ATBB ATCTT3xFf  base64  24
  Atlassian  ATATT3xFf ATSTT3xFf ATOAT  base64  24
  Gitea  gta_ gto_  alnum  32
  npm  npm_  alnum  24
  PyPI  pypi-  word  40
  RubyGems  rubygems_  hex  32
  Cargo registry  cio  alnum  32-32
  NuGet  oy2  alnum  43-43
  Docker  dckr_pat_ dckr_oat_  word  20
  Clojars  CLOJARS_  alnum  40
  Packagist  packagist_ort_ packagist_out_ packagist_uut_ packagist_ack_  alnum  32
  JFrog  AKCp  alnum  50  cmVmdGtu  alnum  40
  CircleCI  CCIPAT_ CCIPRJ_  word  20
  Buildkite  bkua_ bkct_ bkaj_ bkt_  alnum  24
  Harness  pat. sat.  dotted  50-90
  Octopus  API-  upper  25-32
  Sonar  squ_ sqp_ sqa_  hex  32
  Snyk  snyk_uat. snyk_sat.  dotted  24
  Sourcegraph  sgp_ sgd_ slk_ sgamp_user_  word  32
  TeamCity  eyJ0eXAiOiAiVENWMiJ9  dotted  16
  Terraform Cloud  tfe_  word  32
  Scalr  at-  alnum  40-60
  Postman  PMAK- PMAT-  dashed  24
  Vault  hvs. hvb. hvr.  word  20  s. b. r.  alnum  24-26
  Doppler  dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit. dp.said.  dotted  24
  Infisical  st.  dotted  60-140
  1Password  ops_eyJ  base64  40  A3-  dashed  31-40
  Docker Swarm  SWMTKN-1- SWMKEY-1-  dashed  30
  OpenShift  sha256~  word  40
  Portainer  ptr_  base64  32
  Scalingo  tk-us-  word  40-60
  Endor Labs  endr+  alnum  16
  Trigger.dev  tr_dev_ tr_prod_ tr_stg_ tr_pat_  alnum  20
  Inngest  signkey-prod- signkey-test- signkey-branch-  hex  32
  age  AGE-SECRET-KEY- AGE-PLUGIN-  dashed  40
  Databricks  dapi dkea dose  dashed  30-40
  Snowflake  ver:1-hint:  base64  20  sfpat_  alnum  32
  PlanetScale  pscale_tkn_ pscale_pw_ pscale_oauth_ pscale_secret_  dotted  24
  Supabase  sbp_ sb_secret_ sbp_oauth_ sbp_v0_  word  20
  Neon  napi_  alnum  32
  Aiven  AVNS_  word  16
  MongoDB Atlas  mdb_sa_sk_  word  24
  Confluent  cflt  base64  60-64
  Fauna  fnAE fnAF fnAD  word  32-60
  Elastic  essu_  base64  32
  Tinybird  p.eyJ  dotted  60
  Metabase  mb_  base64  40-60
  Ubidots  BBFF- BBUS-  alnum  24
  Adafruit  aio_  alnum  28-28
  SettleMint  sm_aat_ sm_pat_ sm_sat_  alnum  16-64
  Pinecone  pcsk_  word  24
  Airtable  pat  dotted  79-79
  Contentful  CFPAT-  word  30
  Prismic  MC5  dotted  60-200
  Apify  apify_api_  alnum  24
  Meilisearch  meili_  word  24
  ClickHouse  4b1d  alnum  38-38
  Grafana  glc_ glsa_ eyJrIjoi  base64  24
  Datadog  ddapp_ ddpat_ ddsat_  word  24
  New Relic  NRAK- NRIQ- NRRA- NRJS- NRII- NRSP- NRAA-  word  16
  Sentry  sntrys_ sntryu_ sntrya_ sntryi_  base64  32
  Honeycomb  hcaik_ hcaic_ hcxik_ hcxlk_ hcalk_ hcamk_ hcmik_  alnum  24
  Dynatrace  dt0c01. dt0s01. dt0s02. dt0s16. dt0e01. dt0a01.  dotted  24
  Axiom  xaat- xapt-  dashed  30
  PagerDuty  pdus+ pdeu+  base64  16
  LaunchDarkly  sdk- api- mob-  dashed  36-36
  PostHog  phx_ phs_  alnum  32
  Checkly  cu_  hex  32-32
  ConfigCat  configcat-sdk-1/  base64  40
  Sumo Logic  collection.sumologic.com/receiver/v1/http/  base64  20
  Wakatime  waka_  dashed  32
  Rootly  rootly_  hex  32
  incident.io  inc_  hex  64-64
  Slack  xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe. xoxc- xoxd- xapp- xwfp-  dotted  16
  SendGrid  SG.  dotted  40
  Mailgun  key-  hex  32-32  pubkey-  hex  32-32
  Mandrill  md-  word  22-22
  Brevo  xkeysib- xsmtpsib-  dashed  40
  Resend  re_  word  30-40
  MailerSend  mlsn.  hex  40
  Twilio  SK  hex  32-32
  HubSpot  pat-na1- pat-na2- pat-eu1- pat-ap1-  dashed  32
  Intercom  dG9rO  base64  40
  Typeform  tfp_  dotted  40
  OneSignal  os_v2_app_ os_v2_org_  alnum  40
  Knock  knock_  word  32
  Notion  ntn_  alnum  30  secret_  alnum  43-43
  Linear  lin_api_ lin_oauth_ lin_wh_  alnum  24
  Figma  figd_ figo_ figu_ figor_ figoh_ figr_  word  24
  Trello  ATTA  hex  64-72
  Frame.io  fio-u-  word  40
  ReadMe  rdme_  alnum  40
  Dropbox  sl. sl.u.  word  60
  Mapbox  sk.eyJ  dotted  40
  Discord  mfa.  word  60
  Twitch  oauth:  alnum  30-30
  Expo  ExponentPushToken[  word  16
  Zapier  https://hooks.zapier.com/hooks/catch/  base64  10
  Slack webhook  hooks.slack.com/services/ hooks.slack.com/workflows/ hooks.slack.com/triggers/  base64  16
  Discord webhook  discord.com/api/webhooks/ discordapp.com/api/webhooks/  base64  40
  Teams webhook  webhook.office.com/webhookb2/ outlook.office.com/webhook/  link  30
  Lark webhook  open.larksuite.com/open-apis/bot/v2/hook/ open.feishu.cn/open-apis/bot/v2/hook/  dashed  16
  WeCom webhook  qyapi.weixin.qq.com/cgi-bin/webhook/send?key=  dashed  16
  Loggly  logs-01.loggly.com/inputs/ logs-01.loggly.com/bulk/  dashed  16
  Cloudsmith  dl.cloudsmith.io/  alnum  32-40
  IFTTT  maker.ifttt.com/use/  word  16
  Stripe  sk_live_ sk_test_ rk_live_ rk_test_ sk_org_live_ sk_org_test_  alnum  10
  Checkout.com  sk_ sk_sbox_  alnum  26-27
  Webhook signing  whsec_  base64  20
  Square  sq0atp- sq0csp- sq0idp-  word  20  EAAA  word  60-60
  PayPal  access_token$production$ access_token$sandbox$  dollar  20  A21AA  word  60
  Shopify  shpat_ shpss_ shpca_ shppa_ shptka_ shpua_ shpit_  alnum  24
  Plaid  access-sandbox- access-production- access-development-  dashed  32
  Razorpay  rzp_live_ rzp_test_  alnum  12
  Flutterwave  FLWSECK- FLWSECK_TEST- FLWSECK_  dashed  12
  Adyen  AQE  base64  80-600
  EasyPost  EZAK EZTK  alnum  40
  Shippo  shippo_live_ shippo_test_  hex  32
  Duffel  duffel_live_ duffel_test_  word  32
  GoCardless  live_ sandbox_  word  40-43
  Mollie  live_ test_ access_  alnum  30-40
  Facebook  EAAC EAAG EAAB EAAD EAAE EAAF EAAH EAAI EAAJ EAAK EAAL EAAM EAAN EAAO EAAP EAAQ  alnum  80
  Instagram  IGQV IGAA  word  80
  X  AAAAAAAAAAAAAAAAAAAAA  base64  60-120
  Stytch  secret-live- secret-test-  base64  30
  Ory  ory_at_ ory_rt_ ory_pat_ ory_ac_  dotted  24
  Robinhood  rh-api-  dashed  32
  Intra42  s-s4t2ud- s-s4t2af-  hex  64-64
  Auth0  auth0_  word  40
  Anthropic  sk-ant-  word  20
  OpenAI  sk-proj- sk-svcacct- sk-admin- sk-None-  word  20  sk-  alnum  20
  OpenRouter  sk-or-  word  20
  Langfuse  sk-lf-  dashed  20
  ElevenLabs  sk_  hex  48-48
  Hugging Face  hf_ api_org_  alnum  24
  Replicate  r8_  alnum  30
  Groq  gsk_  alnum  32
  xAI  xai-  word  32
  Perplexity  pplx-  alnum  32
  Together  tgp_v1_  word  32
  Fireworks  fw_  alnum  22-32
  NVIDIA  nvapi-  word  32
  LangSmith  lsv2_pt_ lsv2_sk_ ls__  word  30
  Weights and Biases  wandb_v1_  word  30
  Voyage  pa-  word  43-43
  Firecrawl  fc-  hex  32-32
  Jina  jina_  word  32
  Cerebras  csk-  alnum  32
  RunPod  rpa_  alnum  30
  Cursor  crsr_  alnum  32  key_  hex  64-64
  Helicone  sk-helicone- pk-helicone-  dashed  20
  E2B  e2b_  hex  32
  Modal  as- ak-  alnum  22-22
  Voiceflow  VF.DM. VF.WS.  dotted  24
  DeepSeek  dsk-  alnum  24
  private-key  LS0tLS1CRUdJTiBSU0Eg LS0tLS1CRUdJTiBQUklWQVRF LS0tLS1CRUdJTiBFQy LS0tLS1CRUdJTiBPUEVO LS0tLS1CRUdJTiBFTkNSWVBU LS0tLS1CRUdJTiBEU0Eg LS0tLS1CRUdJTiBQR1AgUFJJ  base64  8  MHcCAQEE MIGHAgEAMBMG MIG2AgEAMBAG MIGkAgEBBD MC4CAQAwBQYDK2V b3BlbnNzaC1rZXktdjE RWRTY0Iy  base64  16  xprv yprv zprv tprv uprv vprv  alnum  100
`;
