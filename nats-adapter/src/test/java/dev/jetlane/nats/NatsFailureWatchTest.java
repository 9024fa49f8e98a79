// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.Finding.Level;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The failures that {@link NatsQueues#listenForFailures} reports, with the accounts of the
 * documentation.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class NatsFailureWatchTest {

  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final Duration LATER = Duration.ofHours(1);
  private static final Duration WHILE = Duration.ofMillis(200);
  private static NatsServer server;

  @BeforeAll
  static void start() throws Exception {
    server = Roles.start();
    try (TaskQueue administrator = NatsQueues.connect(options("administrator"))) {
      administrator.partition("gpu");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static NatsOptions options(String role) {
    Provisioning provisioning =
        role.equals("administrator") ? Provisioning.CREATE : Provisioning.NONE;
    return Roles.options(server, role, provisioning)
        .withQueue(QueueConfig.defaults().withMaxDeliveries(3));
  }

  @Test
  void eachTaskThatFailsNearItsLastAttemptIsNamed() throws Exception {
    AtomicBoolean heard = new AtomicBoolean();
    CompletableFuture<?> failing = CompletableFuture.runAsync(() -> failUntil(heard));
    List<Finding> findings = new ArrayList<>();
    try {
      TestQueues.await(
          "a reported failure",
          () -> {
            findings.clear();
            findings.addAll(NatsQueues.listenForFailures(options("operator"), WHILE));
            return failing.isDone() || findings.size() > 1;
          });
    } finally {
      heard.set(true);
      failing.get(1, TimeUnit.MINUTES);
    }
    assertThat(findings)
        .filteredOn(finding -> finding.level() != Level.OK)
        .isNotEmpty()
        .allSatisfy(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.WARNING);
              assertThat(finding.topic()).isEqualTo("partition gpu");
              assertThat(finding.evidence())
                  .matches("task near-[0-9]+: attempt 2 of 3 ended with a nak");
              assertThat(finding.advice()).contains("jetlane find gpu near-");
            });
    assertThat(findings.get(findings.size() - 1).evidence()).matches("[0-9]+ naks in PT0.2S");
  }

  /** Repeats a task that fails twice, and one that fails once. */
  private static void failUntil(AtomicBoolean heard) {
    try (TaskQueue producer = NatsQueues.connect(options("producer"));
        TaskQueue worker = NatsQueues.connect(options("worker"));
        Puller puller = worker.partition("gpu").puller()) {
      Partition gpu = producer.partition("gpu");
      for (int i = 0; !heard.get(); i++) {
        gpu.push(Task.of("near-" + i, ""));
        puller.pull(1, WAIT).get(0).nak();
        puller.pull(1, WAIT).get(0).nak(LATER);
        gpu.push(Task.of("fresh-" + i, ""));
        puller.pull(1, WAIT).get(0).nak(LATER);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aMissingPermissionIsNamed() {
    assertThat(NatsQueues.listenForFailures(options("monitor"), WHILE))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.level()).isEqualTo(Level.UNSEEN);
              assertThat(finding.evidence())
                  .contains("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.jetlane.*");
            });
    assertThatThrownBy(() -> NatsQueues.listenForFailures(options("monitor"), Duration.ZERO))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("time to listen");
  }
}
