/** How a gateway reaches stand-ins. */
export const settingsOf = ({ investSuite, upvest }) => ({
  INVESTSUITE_URL: investSuite.url,
  INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
  INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
  UPVEST_URL: upvest.url,
  UPVEST_CLIENT_ID: upvest.credentials.clientId,
  UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
  UPVEST_KEY_ID: upvest.credentials.keyId,
  UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
});
