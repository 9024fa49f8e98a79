// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.nats.layout.PartitionAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options from environment variables. */
class EnvironmentOptionsTest {

  @Test
  void anEmptyEnvironmentGivesTheDefaultsOfArmonik() {
    NatsOptions options = NatsOptions.fromEnvironment(Map.of("PATH", "/bin", "NATS_URL", "x"));
    assertThat(options.queue().lease()).isEqualTo(Duration.ofMinutes(2));
    assertThat(options.maxInFlight()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(options.stream()).isEqualTo("armonik-stream");
    assertThat(options.layout().bare()).isTrue();
    PartitionAddress address = options.layout().address("gpu");
    assertThat(address.subject).isEqualTo("gpu");
    assertThat(address.stream).isEqualTo("armonik-stream");
  }

  @Test
  void eachVariableSetsItsOption() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("Nats__Url", " tls://one:4222,two ");
    all.put("Nats__AckWait", "30");
    all.put("Nats__AckExtendDeadlineStep", "7.5");
    all.put("Nats__DegreeOfParallelism", "-1");
    all.put("Nats__Stream", "S");
    all.put("Nats__SubjectPrefix", "a.b");
    all.put("Nats__Streams", "4");
    all.put("Nats__Replicas", "3");
    all.put("Nats__MaxBytes", "5000000000");
    all.put("Nats__Storage", "memory");
    all.put("Nats__Provisioning", "VERIFY");
    all.put("Nats__DriftPolicy", "Update");
    all.put("Nats__DedupWindow", "60");
    all.put("Nats__MaxDeliveries", "5");
    all.put("Nats__MaxOutstanding", "500");
    all.putAll(Map.of("Nats__MaxTasks", "1000000", "Nats__MaxPayloadBytes", "1000"));
    all.putAll(Map.of("Nats__LowEvery", "7", "Nats__Priorities", "3"));
    all.putAll(Map.of("Nats__RequestTimeout", "3", "Nats__ConnectTimeout", "2"));
    all.putAll(Map.of("Nats__ConnectPatience", "60", "Nats__ConnectionName", "me"));
    all.putAll(Map.of("Nats__InboxPrefix", "_IN_me", "Nats__Domain", "hub"));
    all.putAll(Map.of("Nats__Password", "s3cr3t", "Nats__User", "joe"));
    all.put("Nats__Unknown", "is a warning only");
    NatsOptions options = NatsOptions.defaults().withEnvironment(all);
    assertThat(options.toString())
        .isEqualTo(
            NatsOptions.defaults()
                .withUrl("tls://one:4222,two")
                .withQueue(
                    dev.jetlane.QueueConfig.defaults()
                        .withLease(Duration.ofSeconds(30))
                        .withDedupWindow(Duration.ofMinutes(1))
                        .withMaxDeliveries(5)
                        .withMaxOutstanding(500)
                        .withMaxTasks(1_000_000)
                        .withMaxPayloadBytes(1_000)
                        .withPriorities(3)
                        .withLowEvery(7))
                .withMaxInFlight(16_384)
                .withStream("S")
                .withSubjectPrefix("a.b")
                .withStreams(4)
                .withReplicas(3)
                .withMaxBytes(5_000_000_000L)
                .withStorage(NatsOptions.Storage.MEMORY)
                .withProvisioning(NatsOptions.Provisioning.VERIFY)
                .withDriftPolicy(NatsOptions.DriftPolicy.UPDATE)
                .withRequestTimeout(Duration.ofSeconds(3))
                .withConnectTimeout(Duration.ofSeconds(2))
                .withConnectPatience(Duration.ofMinutes(1))
                .withConnectionName("me")
                .withInboxPrefix("_IN_me")
                .withApiPrefix("$JS.hub.API")
                .withUser("joe", "s3cr3t".toCharArray())
                .toString());
    Credentials.UserPassword found = (Credentials.UserPassword) options.credentials();
    assertThat(new String(found.user())).isEqualTo("joe");
    assertThat(new String(found.password())).isEqualTo("s3cr3t");
    assertThat(options.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void filesAndTokensAreCredentials() {
    assertThat(with("Nats__Token", "s3cr3t").credentials()).isInstanceOf(Credentials.Token.class);
    assertThat(with("Nats__CredentialsFile", "/run/creds").credentials())
        .isInstanceOf(Credentials.CredentialsFile.class);
    assertThat(with("Nats__NkeyFile", "/run/nkey").credentials())
        .isInstanceOf(Credentials.NkeyFile.class);
  }

  private static NatsOptions with(String name, String value) {
    return NatsOptions.fromEnvironment(Map.of(name, value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Nats__Url|''|URLs",
        "Nats__Url|http://s3cr3t@one|URLs",
        "Nats__Url|nats://joe:s3cr3t#@one|URLs",
        "Nats__AckWait|''|seconds",
        "Nats__AckWait|0|from PT0.1S",
        "Nats__AckWait|-5|seconds",
        "Nats__AckWait|two minutes|seconds",
        "Nats__AckWait|1e3|seconds",
        "Nats__AckWait|999999999|to PT168H",
        "Nats__AckExtendDeadlineStep|120|less than Nats__AckWait, which is 120",
        "Nats__AckExtendDeadlineStep|0|positive",
        "Nats__AckExtendDeadlineStep|x|seconds",
        "Nats__DegreeOfParallelism|many|whole number",
        "Nats__DegreeOfParallelism|1.5|whole number",
        "Nats__DegreeOfParallelism|99999|from 1 to 16384",
        "Nats__DegreeOfParallelism|99999999999|whole number",
        "Nats__Stream|a.b|must match",
        "Nats__SubjectPrefix|>|must match",
        "Nats__Streams|2|from 1 to 1",
        "Nats__Replicas|0|from 1 to 5",
        "Nats__MaxBytes|0|from 1",
        "Nats__MaxBytes|1 GB|whole number",
        "Nats__Storage|tape|[file, memory]",
        "Nats__Provisioning|maybe|[create, verify, none]",
        "Nats__DriftPolicy|ignore|[fail, update, accept]",
        "Nats__DedupWindow|0|from PT0.1S",
        "Nats__MaxDeliveries|0|from 1",
        "Nats__MaxOutstanding|0|from 1",
        "Nats__MaxTasks|-1|from 1",
        "Nats__Priorities|11|from 1",
        "Nats__Priorities|2|must be 1",
        "Nats__LowEvery|1|must be from 2",
        "Nats__MaxPayloadBytes|-1|from 0",
        "Nats__RequestTimeout|0|from PT0.05S",
        "Nats__ConnectTimeout|3600|to PT10M",
        "Nats__ConnectionName|''|printable",
        "Nats__InboxPrefix|*|must match",
        "Nats__Domain|a.b|must match",
        "Nats__ApiPrefix|queue.API.>|must match",
        "Nats__CredentialsFile|''|path of a file",
        "Nats__NkeyFile|''|path of a file",
        "Nats__Token|''|empty",
        "Nats__User|''|printable",
        "Nats__Password|s3cr3t|must come with a user name"
      })
  void aBadValueNamesItsVariableAndItsRule(String name, String value, String rule) {
    assertThatThrownBy(() -> with(name, value))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("environment variable Nats__")
        .hasMessageContainingAll(name, rule)
        .hasMessageNotContaining("s3cr3t")
        .hasNoCause();
  }

  @Test
  @SuppressWarnings("NullAway") // The test passes null.
  void nullIsRefused() {
    assertThatThrownBy(() -> NatsOptions.fromEnvironment(null))
        .isInstanceOf(InvalidInputException.class);
  }
}
