// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.NatsOptions.Storage;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Settings;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every option at its bounds, and every option beside the others. */
class OptionBoundsTest {

  private static final NatsOptions OPTIONS = NatsOptions.defaults();

  /** One option: values at its bounds, and values just beyond them. */
  private record Bound(String name, Function<Object, Object> set, List<?> good, List<?> bad) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Bound durations(String name, Function<Duration, Object> set) {
    return new Bound(
        name,
        value -> set.apply((Duration) value),
        List.of(Duration.ofMillis(50), Duration.ofMinutes(10)),
        List.of(
            Duration.ofMillis(50).minusNanos(1),
            Duration.ofMinutes(10).plusNanos(1),
            Duration.ofMillis(-50)));
  }

  private static Bound numbers(String name, Function<Integer, Object> set, int most) {
    return new Bound(
        name, value -> set.apply((Integer) value), List.of(1, most), List.of(0, most + 1, -1));
  }

  private static Bound texts(
      String name, Function<String, Object> set, List<String> good, List<String> bad) {
    return new Bound(name, value -> set.apply((String) value), good, bad);
  }

  static Stream<Bound> bounds() {
    String longest = "a".repeat(128);
    List<String> names = List.of("a", "A-_9", longest);
    List<String> badNames = List.of("", longest + "a", "a.b", "a b", "é", "a*", "a>", "a$");
    List<String> prefixes = List.of("a", "a.b-_9", longest);
    List<String> badPrefixes = List.of("", longest + "a", ".a", "a.", "a..b", "a b", "*", "a.>");
    return Stream.of(
        durations("request timeout", OPTIONS::withRequestTimeout),
        durations("connect timeout", OPTIONS::withConnectTimeout),
        new Bound(
            "connect patience",
            value -> OPTIONS.withConnectPatience((Duration) value),
            List.of(Duration.ZERO, Duration.ofHours(24)),
            List.of(Duration.ofNanos(-1), Duration.ofHours(24).plusNanos(1))),
        numbers("replicas", OPTIONS::withReplicas, 5),
        numbers("streams", OPTIONS::withStreams, 256),
        numbers("streams", NatsOptions.armonik()::withStreams, 1),
        numbers("maxInFlight", OPTIONS::withMaxInFlight, 16_384),
        new Bound(
            "maxBytes",
            value -> OPTIONS.withMaxBytes((Long) value),
            List.of(1L, Long.MAX_VALUE),
            List.of(0L, -1L)),
        texts("stream name", OPTIONS::withStream, names, badNames),
        texts("domain", OPTIONS::withDomain, List.of("a", "A-_9"), badNames),
        texts("subject prefix", OPTIONS::withSubjectPrefix, prefixes, badPrefixes),
        texts(
            "inbox prefix",
            OPTIONS::withInboxPrefix,
            List.of("_INBOX", "$a.b", longest),
            badPrefixes),
        texts("API prefix", OPTIONS::withApiPrefix, List.of("$JS.$a.API", longest), badPrefixes),
        texts(
            "connection name",
            OPTIONS::withConnectionName,
            List.of("a b", "~", "!"),
            List.of("", "  ", "\u007f", "a\u001f", "é")),
        texts(
            "user name",
            name -> OPTIONS.withUser(name, new char[0]),
            List.of("a b", "~"),
            List.of("", " ", "\u007f")));
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void theBoundsAreAcceptedAndValuesBeyondThemAreNot(Bound bound) {
    for (Object good : bound.good) {
      assertThatCode(() -> bound.set.apply(good)).as("good %s", good).doesNotThrowAnyException();
    }
    for (Object bad : bound.bad) {
      assertThatThrownBy(() -> bound.set.apply(bad))
          .as("bad %s", bad)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(bound.name);
    }
  }

  /** A caller may overwrite a secret after the call. */
  @Test
  void secretsAreCopied() {
    char[] secret = "s3cr3t".toCharArray();
    NatsOptions user = OPTIONS.withUser("joe", secret);
    NatsOptions token = OPTIONS.withToken(secret);
    NatsOptions password = OPTIONS.withUserName("joe").withPassword(secret);
    Arrays.fill(secret, '\0');
    assertThat(((Credentials.UserPassword) user.credentials()).password())
        .containsExactly("s3cr3t".toCharArray());
    assertThat(((Credentials.UserPassword) password.credentials()).password())
        .containsExactly("s3cr3t".toCharArray());
    assertThat(((Credentials.Token) token.credentials()).token())
        .containsExactly("s3cr3t".toCharArray());
  }

  @Test
  void theNameOfAUserAndThePasswordDoNotReplaceEachOther() {
    NatsOptions options = OPTIONS.withUser("joe", "s3cr3t".toCharArray()).withUserName("jim");
    Credentials.UserPassword named = (Credentials.UserPassword) options.credentials();
    assertThat(named.user()).containsExactly("jim".toCharArray());
    assertThat(named.password()).containsExactly("s3cr3t".toCharArray());
    assertThat(OPTIONS.withUrl("nats://a:b@one").withToken(new char[] {'t'}).credentials())
        .as("options win over the URL")
        .isInstanceOf(Credentials.Token.class);
  }

  /** One other value of each option, as a change of the default options. */
  private static Map<String, Function<NatsOptions, NatsOptions>> changes() throws Exception {
    SSLContext tls = SSLContext.getDefault();
    QueueListener listener = new QueueListener() {};
    return Map.ofEntries(
        Map.entry("urls", o -> o.withUrl("nats://one")),
        Map.entry("credentials", o -> o.withNkeyFile(Path.of("key"))),
        Map.entry("sslContext", o -> o.withSslContext(tls)),
        Map.entry("connectionName", o -> o.withConnectionName("other")),
        Map.entry("inboxPrefix", o -> o.withInboxPrefix("IN")),
        Map.entry("stream", o -> o.withStream("S")),
        Map.entry("subjectPrefix", o -> o.withSubjectPrefix("P")),
        Map.entry("apiPrefix", o -> o.withApiPrefix("X")),
        Map.entry("queue", o -> o.withQueue(QueueConfig.defaults().withMaxTasks(7))),
        Map.entry("requestTimeout", o -> o.withRequestTimeout(Duration.ofSeconds(7))),
        Map.entry("connectTimeout", o -> o.withConnectTimeout(Duration.ofSeconds(8))),
        Map.entry("connectPatience", o -> o.withConnectPatience(Duration.ofSeconds(9))),
        Map.entry("provisioning", o -> o.withProvisioning(Provisioning.VERIFY)),
        Map.entry("driftPolicy", o -> o.withDriftPolicy(DriftPolicy.UPDATE)),
        Map.entry("storage", o -> o.withStorage(Storage.MEMORY)),
        Map.entry("replicas", o -> o.withReplicas(3)),
        Map.entry("streams", o -> o.withStreams(3)),
        Map.entry("maxBytes", o -> o.withMaxBytes(7)),
        Map.entry("maxInFlight", o -> o.withMaxInFlight(7)),
        Map.entry("listeners", o -> o.withListener(listener)));
  }

  private static List<Field> fields() {
    return Stream.of(OptionValues.class.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .toList();
  }

  /** Each change concerns its own option alone, and outlasts each other change. */
  @Test
  void eachOptionIsChangedAloneAndKept() throws Exception {
    Map<String, Function<NatsOptions, NatsOptions>> changes = changes();
    for (Field field : fields()) {
      if (field.getName().equals("dialect")) {
        continue; // Chosen with armonik().
      }
      NatsOptions changed =
          Objects.requireNonNull(changes.get(field.getName()), field.getName()).apply(OPTIONS);
      for (Field other : fields()) {
        boolean same = other.get(changed) == other.get(OPTIONS);
        boolean equal = same || ("" + other.get(changed)).equals("" + other.get(OPTIONS));
        assertThat(equal)
            .as("%s after a change of %s", other.getName(), field.getName())
            .isEqualTo(!other.equals(field));
      }
      for (Map.Entry<String, Function<NatsOptions, NatsOptions>> next : changes.entrySet()) {
        if (!next.getKey().equals(field.getName())) {
          assertThat(field.get(next.getValue().apply(changed)))
              .as("%s before a change of %s", field.getName(), next.getKey())
              .isSameAs(field.get(changed));
        }
      }
    }
    assertThat(NatsOptions.armonik().withMaxInFlight(7).settings().dialect().hasDelays()).isFalse();
    assertThat(NatsOptions.armonik().withMaxInFlight(7).layout().bare()).isTrue();
  }

  @Test
  void toStringNamesEachOption() throws Exception {
    Map<String, Function<NatsOptions, NatsOptions>> changes = changes();
    changes.forEach(
        (name, change) -> {
          if (!name.equals("listeners")) {
            assertThat(change.apply(OPTIONS).toString()).as(name).isNotEqualTo(OPTIONS.toString());
          }
        });
    assertThat(OPTIONS.toString()).contains("dialect=own", "tls=false", "credentials=none");
    assertThat(NatsOptions.armonik().toString()).contains("dialect=ArmoniK");
  }

  @Test
  void listenersAreCalledInTheirOrder() {
    QueueListener first = new QueueListener() {};
    QueueListener second = new QueueListener() {};
    NatsOptions one = OPTIONS.withListener(first);
    assertThat(one.withListener(second).listeners()).containsExactly(first, second);
    assertThat(one.listeners()).containsExactly(first);
    assertThat(OPTIONS.listeners()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"CREATE, true, true", "VERIFY, false, true", "NONE, false, false"})
  void theTermsOfProvisioningAreThoseOfTheOptions(
      Provisioning provisioning, boolean creates, boolean checks) {
    for (DriftPolicy policy : DriftPolicy.values()) {
      ProvisioningTerms terms =
          OPTIONS.withProvisioning(provisioning).withDriftPolicy(policy).provisioningTerms();
      assertThat(terms)
          .isEqualTo(
              new ProvisioningTerms(
                  creates, checks, Drift.Response.valueOf(policy.name()), false, 1, -1));
    }
    assertThat(
            OPTIONS.withStorage(Storage.MEMORY).withReplicas(3).withMaxBytes(7).provisioningTerms())
        .isEqualTo(new ProvisioningTerms(true, true, Drift.Response.FAIL, true, 3, 7));
  }

  @Test
  void theSettingsAreThoseOfTheOptions() {
    NatsOptions options =
        OPTIONS
            .withStream("S")
            .withSubjectPrefix("P")
            .withStreams(3)
            .withApiPrefix("X")
            .withInboxPrefix("IN")
            .withMaxInFlight(7)
            .withRequestTimeout(Duration.ofSeconds(7))
            .withConnectTimeout(Duration.ofSeconds(8))
            .withQueue(QueueConfig.defaults().withPriorities(2));
    Settings settings = options.settings();
    assertThat(settings.requestTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.inboxPrefix()).isEqualTo("IN");
    assertThat(settings.maxInFlight()).isEqualTo(7);
    assertThat(settings.queue()).isSameAs(options.queue());
    assertThat(settings.layout().streamName(2)).isEqualTo("S-2");
    assertThat(settings.layout().prefix(2)).isEqualTo("P.2.");
    assertThat(settings.layout().deadSubjects()).isEqualTo("P-dead.>");
    assertThat(settings.layout().apiPrefix()).isEqualTo("X.");
    assertThat(settings.layout().priorities()).isEqualTo(2);
    assertThat(settings.layout().bare()).isFalse();
    assertThat(OPTIONS.withDomain("hub").layout().apiPrefix()).isEqualTo("$JS.hub.API.");
  }

  @ParameterizedTest
  @CsvSource({
    "one:1, nats://one:1",
    "one:65535, nats://one:65535",
    "tls://one, tls://one",
    "ws://one:80/, ws://one:80",
    "wss://[::1]:443, wss://[::1]:443"
  })
  void aGoodUrlIsKept(String url, String kept) {
    assertThat(ServerUrls.parse(" " + url + " ").withoutSecrets()).containsExactly(kept);
  }

  @ParameterizedTest
  @ValueSource(strings = {"one:0", "one:65536", "mqtt://one", "tcp://one", "one,", ",one"})
  void aBadUrlIsRefused(String url) {
    assertThatThrownBy(() -> ServerUrls.parse(url))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("separated by commas");
  }

  @ParameterizedTest
  @CsvSource({"nats://a, false", "tls://a, true", "ws://a, false", "wss://a, true"})
  void secureSchemesNeedTls(String url, boolean secure) {
    assertThat(ServerUrls.isSecure(url)).isEqualTo(secure);
  }

  /** Each call refuses its arguments before it connects. */
  @Test
  void badArgumentsAreRefusedWithoutAConnection() {
    NatsOptions many = OPTIONS.withStreams(2);
    for (Duration bad :
        List.of(Duration.ofMillis(49), Duration.ofMinutes(10).plusNanos(1), Duration.ZERO)) {
      assertThatThrownBy(() -> NatsQueues.listenForFailures(OPTIONS, bad))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("time to listen");
    }
    for (Duration bad : List.of(Duration.ofNanos(-1), Duration.ofHours(24).plusNanos(1))) {
      assertThatThrownBy(() -> NatsQueues.spread(many, bad))
          .isInstanceOf(InvalidInputException.class);
    }
    assertThatThrownBy(() -> NatsQueues.spread(OPTIONS, Duration.ZERO))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("streams");
    for (String bad :
        new String[] {
          "ftp://one", "one:8222", "http:///path", "one", "httpsx://a", "ftp://joe:s3cr3t@one"
        }) {
      assertThatThrownBy(() -> NatsQueues.examine(OPTIONS, URI.create(bad)))
          .as(bad)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("monitoring port")
          .hasMessageNotContaining("s3cr3t");
    }
  }
}
