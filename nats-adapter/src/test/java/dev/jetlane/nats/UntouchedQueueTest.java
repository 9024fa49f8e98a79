// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An examination changes nothing, whatever the options of the application permit. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class UntouchedQueueTest {

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static NatsOptions opened() {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options)) {
      TestQueues.pushed(queue.partition("p"), Task.of("a", ""));
    }
    return options;
  }

  @ParameterizedTest
  @EnumSource
  void otherSettingsAreReportedAndStay(DriftPolicy policy) throws Exception {
    NatsOptions options = opened();
    NatsOptions other =
        options
            .withQueue(TestQueues.config().withLease(Duration.ofSeconds(77)))
            .withDriftPolicy(policy);
    assertThat(NatsQueues.examine(other))
        .filteredOn(finding -> finding.level() == Finding.Level.WARNING)
        .extracting(Finding::evidence)
        .anyMatch(evidence -> evidence.contains("lease: wanted PT1M17S, is PT30S"));
    try (Connection nc = Jnats.connect(server.url())) {
      assertThat(
              nc.jetStreamManagement()
                  .getConsumerInfo(options.stream(), "p")
                  .getConsumerConfiguration()
                  .getAckWait())
          .isEqualTo(Duration.ofSeconds(30));
    }
  }

  @Test
  void whatIsMissingIsReportedAndStaysMissing() throws Exception {
    NatsOptions options = opened().withProvisioning(Provisioning.CREATE);
    try (Connection nc = Jnats.connect(server.url())) {
      nc.jetStreamManagement().deleteConsumer(options.stream(), "p");
      nc.jetStreamManagement().deleteStream(options.stream() + "-dead");
      List<Finding> found = NatsQueues.examine(options);
      assertThat(found)
          .filteredOn(finding -> finding.topic().equals("partition p"))
          .filteredOn(finding -> finding.level() == Finding.Level.WARNING)
          .singleElement()
          .satisfies(finding -> assertThat(finding.evidence()).contains("does not exist"));
      assertThat(nc.jetStreamManagement().getConsumerNames(options.stream())).doesNotContain("p");
      assertThat(nc.jetStreamManagement().getStreamNames(options.subjectPrefix() + "-dead.>"))
          .isEmpty();
    }
  }
}
