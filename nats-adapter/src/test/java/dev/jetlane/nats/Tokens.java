// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import io.nats.client.NKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;

/** The signed claims of an operator, an account and a user, in the format of nats-server. */
record Tokens(String serverConfig, Path credentialsFile, String userSeed, NKey account, NKey user) {

  private static final String LIMITS = "\"subs\":-1,\"data\":-1,\"payload\":-1";

  /** The JetStream and server limits of an account. */
  private static final String ACCOUNT =
      "\"limits\":{"
          + LIMITS
          + ",\"imports\":-1,\"exports\":-1,\"wildcards\":true,\"conn\":-1,\"leaf\":-1,"
          + "\"mem_storage\":-1,\"disk_storage\":-1,\"streams\":-1,\"consumer\":-1},"
          + "\"type\":\"account\",\"version\":2";

  static Tokens make(Path folder) throws Exception {
    NKey operator = NKey.createOperator(null);
    NKey account = NKey.createAccount(null);
    NKey user = NKey.createUser(null);
    NKey system = NKey.createAccount(null);
    String systemKey = new String(system.getPublicKey());
    String operatorClaims =
        claims(
            operator,
            operator,
            "\"type\":\"operator\",\"version\":2,\"system_account\":\"" + systemKey + "\"");
    String accountClaims = claims(account, operator, ACCOUNT);
    String config =
        "operator: "
            + operatorClaims
            + "\nresolver: MEMORY\nresolver_preload: { "
            + new String(account.getPublicKey())
            + ": "
            + accountClaims
            + ", "
            + systemKey
            + ": "
            + claims(system, operator, ACCOUNT.replace("_storage\":-1", "_storage\":0"))
            + " }\nsystem_account: "
            + systemKey
            + "\n";
    Path file = folder.resolve("user.creds");
    Tokens tokens = new Tokens(config, file, new String(user.getSeed()), account, user);
    tokens.writeUser("");
    return tokens;
  }

  /** Replaces the credentials file by one with a token that is valid until this time. */
  void writeUser(Instant expiry) throws Exception {
    writeUser("\"exp\":" + expiry.getEpochSecond() + ",");
  }

  private void writeUser(String expiry) throws Exception {
    String claims = claims(user, account, LIMITS + ",\"type\":\"user\",\"version\":2", expiry);
    Files.writeString(
        credentialsFile,
        "-----BEGIN NATS USER JWT-----\n"
            + claims
            + "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n"
            + userSeed
            + "\n------END USER NKEY SEED------\n");
  }

  private static String claims(NKey subject, NKey issuer, String nats) throws Exception {
    return claims(subject, issuer, nats, "");
  }

  private static String claims(NKey subject, NKey issuer, String nats, String expiry)
      throws Exception {
    String key = new String(subject.getPublicKey());
    String body =
        "{\"jti\":\""
            + key.substring(0, 20)
            + "\","
            + expiry
            + "\"iat\":"
            + Instant.now().getEpochSecond()
            + ",\"iss\":\""
            + new String(issuer.getPublicKey())
            + "\",\"name\":\"test\",\"sub\":\""
            + key
            + "\",\"nats\":{"
            + nats
            + "}}";
    String signed = url("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}") + "." + url(body);
    byte[] signature = issuer.sign(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static String url(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
