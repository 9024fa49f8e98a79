// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueUnavailableException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NatsOptionsTest {

  private static final String SECRET = "s3cr3t%21";
  private static final NatsOptions OPTIONS = NatsOptions.defaults();

  @Test
  void aUrlMayCarryCredentialsThatAppearNowhere() {
    NatsOptions options = OPTIONS.withUrl("nats://joe:" + SECRET + "@one:4222,tls://two");
    assertThat(options.urls().withoutSecrets()).containsExactly("nats://one:4222", "tls://two");
    assertThat(options.toString()).contains("nats://one:4222,tls://two").doesNotContain("s3cr3t");
    Credentials.UserPassword found = (Credentials.UserPassword) options.credentials();
    assertThat(new String(found.user())).isEqualTo("joe");
    assertThat(new String(found.password())).isEqualTo("s3cr3t!");
    assertThat(OPTIONS.withUrl("nats://" + SECRET + "@one/").credentials())
        .isInstanceOf(Credentials.Token.class);
  }

  @ParameterizedTest
  @MethodSource("secrets")
  void toStringHasNoSecret(NatsOptions options) {
    assertThat(options.toString()).doesNotContain("s3cr3t").contains("credentials=");
  }

  static Stream<NatsOptions> secrets() {
    return Stream.of(
        OPTIONS.withUser("joe", SECRET.toCharArray()),
        OPTIONS.withToken(SECRET.toCharArray()),
        OPTIONS.withCredentialsFile(Path.of("/nowhere/" + SECRET)),
        OPTIONS.withNkeyFile(Path.of("/nowhere/" + SECRET)),
        OPTIONS.withUrl("nats://joe:" + SECRET + "@one"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "http://s3cr3t@one",
        "nats://",
        "nats://joe:s3cr3t#@one",
        "nats://joe:s3cr3t@one:99999",
        "nats://one,,nats://two",
        "joe:s3cr3t@one two",
        "nats://joe:s3cr3t@[::1",
        "nats://joe:s3cr3t,more@one:4222",
        "nats://joe:s3cr3t,more,still@one",
        "joe:s3cr3t,nats://joe:more@one",
        "nats://joe:12,s3cr3t@one",
        "joe:12,s3cr3t:34@one",
        "nats://s3cr3t,more@one",
        "nats://one,joe:12,s3cr3t@two",
        "nats://u:p@one,joe:12, s3cr3t@two",
        "nats://s3cr3t/more@one:4222",
        "nats://joe:12/s3cr3t@one",
        "nats://s3cr3t?more@one",
        "nats://joe:12#s3cr3t@one",
        "nats://one,nats://s3cr3t/@two",
        "nats://one:4222/path"
      })
  void aBadUrlIsRefusedWithoutItsSecret(String url) {
    assertThatThrownBy(() -> OPTIONS.withUrl(url))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("url")
        .hasMessageNotContaining("s3cr3t")
        .hasNoCause();
  }

  /** Otherwise a server would get the password of another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nats://a:secret@one:4222,nats://b:secret@two:4222",
        "nats://a:secret@one:4222,two:4222,nats://a:other-secret@three:4222",
        "nats://secret@one:4222,nats://a:secret@two:4222"
      })
  void aListOfUrlsWithTwoUserPartsIsRefusedWithoutThem(String urls) {
    assertThatThrownBy(() -> OPTIONS.withUrl(urls))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("must have the same user part in each URL that has one")
        .hasMessageNotContaining("secret");
  }

  /** Any of the URLs may have the user part. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nats://u:p@one:4222,two:4222",
        "u:p@one:4222, u:p@two:4222",
        "one:4222,nats://u:p@two:4222",
        "nats://u:p@one:4222,two:4222,tls://u:p@three:4222",
        "nats://u:a%2Cp@one:4222,two:4222"
      })
  void aListOfUrlsIsAccepted(String urls) {
    NatsOptions options = OPTIONS.withUrl(urls);
    assertThat(options.urls().withoutSecrets())
        .hasSizeBetween(2, 3)
        .allMatch(url -> url.matches("(nats|tls)://(one|two|three):4222"));
    assertThat(new String(((Credentials.UserPassword) options.credentials()).password()))
        .endsWith("p");
  }

  @ParameterizedTest
  @MethodSource("badSettings")
  void aBadSettingIsRefused(Map.Entry<String, ThrowingCallable> setting) {
    assertThatThrownBy(setting.getValue())
        .as(setting.getKey())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(setting.getKey());
  }

  @SuppressWarnings("NullAway") // Null is one of the bad settings.
  static Stream<Map.Entry<String, ThrowingCallable>> badSettings() {
    return Stream.of(
        Map.entry("url", () -> OPTIONS.withUrl(null)),
        Map.entry("stream name", () -> OPTIONS.withStream("a.b")),
        Map.entry("stream name", () -> OPTIONS.withStream("")),
        Map.entry("stream name", () -> OPTIONS.withStream("a b")),
        Map.entry("stream name", () -> OPTIONS.withStream(null)),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix("a.>")),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix("a..b")),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix(".a")),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix("*")),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix("$JS")),
        Map.entry("subject prefix", () -> OPTIONS.withSubjectPrefix("a".repeat(129))),
        Map.entry("domain", () -> OPTIONS.withDomain("a.b")),
        Map.entry("domain", () -> OPTIONS.withDomain(null)),
        Map.entry("API prefix", () -> OPTIONS.withApiPrefix("queue.API.")),
        Map.entry("API prefix", () -> OPTIONS.withApiPrefix("queue.*")),
        Map.entry("API prefix", () -> OPTIONS.withApiPrefix("")),
        Map.entry("inbox prefix", () -> OPTIONS.withInboxPrefix(">")),
        Map.entry("connection name", () -> OPTIONS.withConnectionName("a\nb")),
        Map.entry("user name", () -> OPTIONS.withUser("", new char[0])),
        Map.entry("password", () -> OPTIONS.withUser("joe", null)),
        Map.entry("token", () -> OPTIONS.withToken(new char[0])),
        Map.entry("file", () -> OPTIONS.withCredentialsFile(null)),
        Map.entry("file", () -> OPTIONS.withNkeyFile(null)),
        Map.entry("SSL context", () -> OPTIONS.withSslContext(null)),
        Map.entry("queue config", () -> OPTIONS.withQueue(null)),
        Map.entry("request timeout", () -> OPTIONS.withRequestTimeout(Duration.ZERO)),
        Map.entry("request timeout", () -> OPTIONS.withRequestTimeout(Duration.ofSeconds(-1))),
        Map.entry("connect timeout", () -> OPTIONS.withConnectTimeout(Duration.ofDays(1))),
        Map.entry("connect patience", () -> OPTIONS.withConnectPatience(Duration.ofDays(2))),
        Map.entry("provisioning", () -> OPTIONS.withProvisioning(null)),
        Map.entry("storage", () -> OPTIONS.withStorage(null)),
        Map.entry("replicas", () -> OPTIONS.withReplicas(0)),
        Map.entry("replicas", () -> OPTIONS.withReplicas(6)),
        Map.entry("maxBytes", () -> OPTIONS.withMaxBytes(0)),
        Map.entry("maxInFlight", () -> OPTIONS.withMaxInFlight(0)));
  }

  @Test
  void aFailedConnectDoesNotShowThePassword() {
    NatsOptions options =
        OPTIONS.withUrl("nats://joe:s3cr3t@127.0.0.1:1").withConnectTimeout(Duration.ofMillis(500));
    assertThatThrownBy(() -> NatsQueues.connect(options))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("127.0.0.1:1")
        .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("s3cr3t"));
  }

  static String stackTrace(Throwable e) {
    java.io.StringWriter text = new java.io.StringWriter();
    e.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }

  /** The last at sign ends the secret; earlier ones are part of it. */
  @Test
  void aPasswordWithAnAtSignIsNotShown() {
    for (String url :
        new String[] {
          "nats://joe:p@s3cr3t@one:99999", "http://p@s3cr3t@one", "nats://joe:s3cr3t@x@one two"
        }) {
      assertThatThrownBy(() -> OPTIONS.withUrl(url))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageNotContaining("s3cr3t");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a+b", "a:b", "a@b", "a/b", "a b", "100%", "\u00e9", "a?b#c", "+", "a%2Bb"})
  void secretsInUrlsAreNotDecoded(String secret) {
    String encoded =
        URLEncoder.encode(secret, StandardCharsets.UTF_8).replace("+", "%20").replace("%2B", "+");
    String raw = encoded.replace("%3A", ":");
    NatsOptions options = OPTIONS.withUrl("nats://joe:" + raw + "@one:4222");
    Credentials.UserPassword found = (Credentials.UserPassword) options.credentials();
    assertThat(new String(found.user())).isEqualTo("joe");
    assertThat(new String(found.password())).isEqualTo(secret);
    assertThat(options.urls().withoutSecrets()).containsExactly("nats://one:4222");
  }
}
