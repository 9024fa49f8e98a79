// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.NatsOptions.Storage;
import dev.jetlane.nats.armonik.ArmonikDialect;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.testing.LogLines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the adapter makes of the options. */
class OptionTermsTest {

  private static final NatsOptions OPTIONS = NatsOptions.defaults();

  @Test
  void theDefaultsAreThoseOfTheDocumentation() {
    assertThat(OPTIONS)
        .hasToString(
            "NatsOptions[url=nats://localhost:4222, credentials=none, tls=false,"
                + " connectionName=jetlane, inboxPrefix=_INBOX, stream=jetlane,"
                + " subjectPrefix=jetlane, apiPrefix=$JS.API., queue="
                + QueueConfig.defaults()
                + ", requestTimeout=PT5S, connectTimeout=PT5S, connectPatience=PT0S,"
                + " provisioning=CREATE, driftPolicy=FAIL, storage=FILE, replicas=1, streams=1,"
                + " maxBytes=-1, maxInFlight=1024, dialect=own]");
    assertThat(NatsOptions.armonik())
        .hasToString(
            OPTIONS
                .withStream("armonik-stream")
                .withDriftPolicy(DriftPolicy.ACCEPT)
                .toString()
                .replace("dialect=own", "dialect=ArmoniK"));
    assertThat(NatsOptions.armonik().settings().dialect()).isSameAs(ArmonikDialect.INSTANCE);
    assertThat(OPTIONS.settings().dialect()).isSameAs(Dialect.OWN);
    assertThat(NatsOptions.armonik().withStreams(1).layout().bare()).isTrue();
  }

  @Test
  void tlsIsShown() throws Exception {
    assertThat(OPTIONS.withSslContext(javax.net.ssl.SSLContext.getDefault()).toString())
        .contains("tls=true");
  }

  @ParameterizedTest
  @CsvSource({"CREATE, true, true", "VERIFY, false, true", "NONE, false, false"})
  void eachProvisioningHasItsTerms(Provisioning provisioning, boolean creates, boolean checks) {
    assertThat(OPTIONS.withProvisioning(provisioning).provisioningTerms())
        .isEqualTo(new ProvisioningTerms(creates, checks, Drift.Response.FAIL, false, 1, -1));
  }

  @ParameterizedTest
  @EnumSource
  void eachPolicyHasItsResponse(DriftPolicy policy) {
    ProvisioningTerms terms =
        OPTIONS
            .withDriftPolicy(policy)
            .withStorage(Storage.MEMORY)
            .withReplicas(3)
            .withMaxBytes(7)
            .provisioningTerms();
    assertThat(terms)
        .isEqualTo(
            new ProvisioningTerms(true, true, Drift.Response.valueOf(policy.name()), true, 3, 7));
  }

  @Test
  void listenersAreCalledInTheOrderOfTheirRegistration() {
    QueueListener first = new QueueListener() {};
    QueueListener second = new QueueListener() {};
    NatsOptions one = OPTIONS.withListener(first);
    NatsOptions two = one.withListener(second);
    NatsOptions twice = two.withListener(first);
    assertThat(OPTIONS.listeners()).isEmpty();
    assertThat(one.listeners()).containsExactly(first);
    assertThat(two.listeners()).containsExactly(first, second);
    assertThat(twice.listeners()).containsExactly(first, second, first);
  }

  /** The user part of any of the URLs is used, unless other credentials are given. */
  @ParameterizedTest
  @CsvSource({
    "'nats://joe:x@one,nats://two', joe, x",
    "'nats://one,nats://joe:x@two', joe, x",
    "'one,joe:x@two,three', joe, x",
    "nats://joe:@one, joe, ''",
    "nats://:x@one, '', x",
    "nats://joe:x:y@one, joe, x:y",
    "'nats://one,two',,"
  })
  void theUserPartOfAUrlIsUsed(String url, @Nullable String user, @Nullable String password) {
    NatsOptions options = OPTIONS.withUrl(url);
    if (user == null || password == null) {
      assertThat(options.credentials()).isEqualTo(new Credentials.None());
    } else {
      Credentials.UserPassword found = (Credentials.UserPassword) options.credentials();
      assertThat(found.user()).containsExactly(user.toCharArray());
      assertThat(found.password()).containsExactly(password.toCharArray());
    }
    assertThat(options.urls().toString()).doesNotContain("@", "joe");
    assertThat(options.withNkeyFile(Path.of("key")).credentials())
        .isInstanceOf(Credentials.NkeyFile.class);
    assertThat(options.withUrl("nats://other").credentials()).isEqualTo(new Credentials.None());
  }

  @ParameterizedTest
  @CsvSource({
    "one, nats://one",
    "nats://one:4222/, nats://one:4222",
    "nats://127.0.0.1:1, nats://127.0.0.1:1",
    "'nats://one:1, two:2', 'nats://one:1,nats://two:2'"
  })
  void onlySchemeHostAndPortAreKept(String url, String kept) {
    assertThat(ServerUrls.parse(url)).hasToString(kept);
  }

  /** Each rule of a bad option is in its message, with the bounds. */
  @Test
  void theMessageNamesTheBounds() {
    assertThatThrownBy(() -> OPTIONS.withReplicas(6))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("replicas", "6", "from 1 to 5");
    assertThatThrownBy(() -> OPTIONS.withRequestTimeout(Duration.ofMillis(1)))
        .hasMessageContainingAll("request timeout", "PT0.001S", "from PT0.05S to PT10M");
    assertThatThrownBy(() -> OPTIONS.withConnectPatience(Duration.ofHours(25)))
        .hasMessageContainingAll("connect patience", "PT25H", "from PT0S to PT24H");
    assertThatThrownBy(() -> OPTIONS.withStream("a b"))
        .hasMessageContainingAll("stream name", "a b", "must match", "at most 128 characters");
    assertThatThrownBy(
            () -> NatsOptions.armonik().withQueue(QueueConfig.defaults().withPriorities(2)))
        .hasMessageContainingAll("priorities", "2", "must be 1");
    assertThat(NatsOptions.armonik().withQueue(QueueConfig.defaults()).queue().priorities())
        .isEqualTo(1);
    assertThat(OPTIONS.withQueue(QueueConfig.defaults().withPriorities(2)).layout().priorities())
        .isEqualTo(2);
  }

  /** The environment has the last word over ArmoniK's defaults. */
  @ParameterizedTest
  @CsvSource({"-1, 16384", "1, 1", "16384, 16384"})
  void theEnvironmentReplacesTheParallelism(String degree, int maxInFlight) {
    Map<String, String> environment = Map.of("Nats__DegreeOfParallelism", degree);
    assertThat(NatsOptions.fromEnvironment(environment).maxInFlight()).isEqualTo(maxInFlight);
    assertThat(NatsOptions.armonik().withEnvironment(Map.of()).maxInFlight()).isEqualTo(1024);
    assertThat(OPTIONS.withEnvironment(Map.of("Nats__DegreeOfParallelism", "0")).maxInFlight())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  /** The step must be shorter than the lease of the same environment. */
  @ParameterizedTest
  @CsvSource({"10, 9.999, true", "10, 10, false", "0.2, 0.1, true", "0.1, 0.2, false"})
  void theStepIsComparedWithTheLeaseOfTheEnvironment(String lease, String step, boolean good) {
    Map<String, String> environment =
        Map.of("Nats__AckWait", lease, "Nats__AckExtendDeadlineStep", step);
    if (good) {
      assertThat(OPTIONS.withEnvironment(environment).queue().lease().toMillis())
          .isEqualTo((long) (Double.parseDouble(lease) * 1_000));
    } else {
      assertThatThrownBy(() -> OPTIONS.withEnvironment(environment))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("AckExtendDeadlineStep");
    }
  }

  /** In the order of their names, each once. */
  @Test
  void eachUnknownVariableIsNamed() {
    try (LogLines log = LogLines.of("dev.jetlane.nats")) {
      Map<String, String> environment =
          Map.of("Nats__Zero", "s3cr3t", "Nats__", "1", "Nats__Typo", "2", "Nats_Url", "x");
      assertThat(OPTIONS.withEnvironment(environment)).hasToString(OPTIONS.toString());
      assertThat(log.lines().stream().map(line -> line.getParameters()[0]))
          .containsExactly("Nats__", "Nats__Typo", "Nats__Zero");
    }
  }

  /** A file of secrets often ends with a line break. */
  @Test
  void valuesOfTheEnvironmentAreTrimmed() {
    NatsOptions options =
        OPTIONS.withEnvironment(
            Map.of("Nats__Token", " s3cr3t\n", "Nats__Stream", "S ", "Nats__AckWait", " 30"));
    assertThat(((Credentials.Token) options.credentials()).token())
        .containsExactly("s3cr3t".toCharArray());
    assertThat(options.stream()).isEqualTo("S");
    assertThat(options.queue().lease()).isEqualTo(Duration.ofSeconds(30));
  }

  /** Its prefix has the length of the longest prefix. */
  @Test
  void aDomainHasAtMost120Characters() {
    String longest = "d".repeat(120);
    assertThat(OPTIONS.withDomain(longest).layout().apiPrefix())
        .isEqualTo("$JS." + longest + ".API.");
    assertThat(OPTIONS.withDomain(longest).layout().isOfDomain()).isTrue();
    assertThatThrownBy(() -> OPTIONS.withDomain(longest + "d"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("domain", "at most 120 characters");
  }
}
