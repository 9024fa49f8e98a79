// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.QueueLayout;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Settings of other clients that break a promise of the queue. */
class StreamSpecsTest {

  private static final QueueLayout LAYOUT =
      new QueueLayout("s", "s", false, 1, 1, QueueLayout.OWN_API);
  private static final StreamSpecs SPECS =
      new StreamSpecs(
          LAYOUT,
          QueueConfig.defaults(),
          new ProvisioningTerms(true, true, Drift.Response.ACCEPT, true, 1, -1),
          false,
          warning -> {});

  @Test
  void differencesOfTheStreamOfTasksAreNoticed() {
    streamIsRefused(stream -> stream.noAck(true), "without acknowledgement: wanted false, is true");
    streamIsRefused(stream -> stream.maxAge(Duration.ofHours(1)), "maximum age: wanted PT0S");
    streamIsRefused(stream -> stream.subjects("other.*"), "subjects: wanted [s.>");
  }

  @Test
  void differencesOfAConsumerAreNoticed() {
    consumerIsRefused(each -> each.headersOnly(true), "headers only: wanted false, is true");
    consumerIsRefused(each -> each.deliverSubject("there"), "pushes: wanted null, is there");
    consumerIsRefused(each -> each.maxDeliver(3), "max deliveries: wanted unlimited, is 3");
    consumerIsRefused(each -> each.filterSubject("s.q"), "filter: wanted s.p, is s.q");
    consumerIsRefused(each -> each.ackPolicy(AckPolicy.All), "acknowledgement: wanted explicit");
    consumerIsRefused(
        each -> each.maxDeliver(9).backoff(Duration.ofSeconds(1)), "backoff: wanted []");
  }

  /** Without a limit in the options that of the administrator applies. */
  @Test
  void aChangeKeepsTheLimitOfBytes() {
    StreamConfiguration wanted = SPECS.mainStream(0);
    StreamConfiguration found = StreamConfiguration.builder(wanted).maxBytes(1_000).build();
    assertThat(StreamSpecs.changed(wanted, found).getMaxBytes()).isEqualTo(1_000);
    assertThat(StreamSpecs.changed(found, wanted).getMaxBytes()).isEqualTo(1_000);
  }

  private static void streamIsRefused(
      UnaryOperator<StreamConfiguration.Builder> change, String difference) {
    StreamConfiguration wanted = SPECS.mainStream(0);
    StreamConfiguration found = change.apply(StreamConfiguration.builder(wanted)).build();
    assertThat(SPECS.drift(wanted, wanted).mustUpdate()).isFalse();
    refuses(SPECS.drift(wanted, found), difference);
  }

  private static void consumerIsRefused(
      UnaryOperator<ConsumerConfiguration.Builder> change, String difference) {
    ConsumerConfiguration wanted = SPECS.consumer(LAYOUT.address("p"));
    ConsumerConfiguration found = change.apply(ConsumerConfiguration.builder(wanted)).build();
    assertThat(SPECS.drift(wanted, wanted).mustUpdate()).isFalse();
    refuses(SPECS.drift(wanted, found), difference);
  }

  private static void refuses(Drift drift, String difference) {
    assertThatThrownBy(drift::mustUpdate)
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContainingAll("cannot be accepted", difference);
  }
}
