// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** As {@link RolesTest}, with the permissions that the file lists for priorities. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class PriorityRolesTest {

  private static final Pattern MORE = Pattern.compile("(?m)^# {3}(\\w+) also publishes (.*)$");

  private static NatsServer start(boolean withPriorities) throws Exception {
    return withPriorities ? Roles.start(PriorityRolesTest::extended) : Roles.start();
  }

  private static String extended(String conf) {
    String extended = conf;
    Matcher more = MORE.matcher(conf);
    int roles = 0;
    while (more.find()) {
      roles++;
      String subjects = more.group(2).replace("@priority.k", "@priority.1").replace("@k", "@1");
      extended =
          Pattern.compile("(user: " + more.group(1) + ",.*?publish: \\[)", Pattern.DOTALL)
              .matcher(extended)
              .replaceFirst("$1" + Matcher.quoteReplacement(subjects + ", "));
    }
    assertThat(roles).isEqualTo(4);
    return extended;
  }

  private static TaskQueue as(NatsServer server, String role, Provisioning provisioning) {
    return NatsQueues.connect(
        Roles.options(server, role, provisioning)
            .withStorage(NatsOptions.Storage.MEMORY)
            .withRequestTimeout(Duration.ofSeconds(40))
            .withQueue(TestQueues.config().withPriorities(2)));
  }

  @Test
  void eachAccountNeedsThePermissionsOfTheFile() throws Exception {
    try (NatsServer server = start(true);
        TaskQueue administrator = as(server, "administrator", Provisioning.CREATE);
        TaskQueue producer = as(server, "producer", Provisioning.NONE);
        TaskQueue worker = as(server, "worker", Provisioning.NONE);
        TaskQueue monitor = as(server, "monitor", Provisioning.VERIFY)) {
      Partition gpu = administrator.partition("gpu");
      producer.partition("gpu").push(Task.of("low", ""));
      producer.partition("gpu").push(Task.of("high", "").withPriority(1));
      try (Puller puller = worker.partition("gpu").puller()) {
        List<Delivery> both = TestQueues.pull(puller, 2);
        assertThat(both).hasSize(2);
        for (Delivery delivery : both) {
          assertThat(delivery.extend()).isTrue();
          assertThat(delivery.deadLetter("broken")).isEqualTo(Settlement.SETTLED);
        }
      }
      assertThat(worker.health()).isEqualTo(Health.up());
      assertThat(gpu.deadLetters().redriveOldest(2)).isEqualTo(2);
      TestQueues.awaitStats(monitor.partition("gpu"), new Stats(2, 0, 0));
      assertThat(monitor.health()).isEqualTo(Health.up());
    }
  }

  @Test
  void aMissingPermissionIsNamedByItsSubject() throws Exception {
    try (NatsServer server = start(false);
        TaskQueue administrator = as(server, "administrator", Provisioning.CREATE);
        TaskQueue producer = as(server, "producer", Provisioning.NONE);
        TaskQueue worker = as(server, "worker", Provisioning.NONE)) {
      administrator.partition("gpu");
      Task high = Task.of("high", "").withPriority(1);
      assertThatThrownBy(() -> producer.partition("gpu").push(high))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageContaining("jetlane.gpu.@priority.1");
      assertThatThrownBy(() -> worker.partition("gpu").puller())
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageContaining("$JS.API.CONSUMER.MSG.NEXT.jetlane.gpu@1");
    }
  }
}
