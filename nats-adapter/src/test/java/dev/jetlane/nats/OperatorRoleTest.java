// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.Removal;
import dev.jetlane.Task;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.Finding.Level;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The operator of {@code docs/permissions.conf} can make every call of an operator; other roles get
 * an error that names the missing permission.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class OperatorRoleTest {

  private NatsServer server;

  @BeforeEach
  void start() throws Exception {
    server = Roles.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private NatsOptions options(String role, Provisioning provisioning) {
    return Roles.options(server, role, provisioning);
  }

  /** A ready task, a delayed one, and two dead letters. */
  private void fill() throws Exception {
    try (TaskQueue administrator =
            NatsQueues.connect(options("administrator", Provisioning.CREATE));
        TaskQueue worker = NatsQueues.connect(options("worker", Provisioning.NONE));
        TaskQueue operator = NatsQueues.connect(options("operator", Provisioning.NONE))) {
      administrator.partition("gpu");
      administrator.partition("cpu");
      Partition gpu = operator.partition("gpu");
      gpu.push(Task.of("a", ""));
      gpu.push(Task.of("b", ""));
      try (Puller puller = worker.partition("gpu").puller()) {
        for (Delivery delivery : TestQueues.pull(puller, 2)) {
          delivery.deadLetter("broken");
        }
      }
      gpu.push(Task.of("ready", ""));
      gpu.push(Task.of("later", "").withDelay(Duration.ofHours(1)));
    }
  }

  @Test
  void theOperatorCanMakeEveryCall() throws Exception {
    fill();
    try (TaskQueue queue = NatsQueues.connect(options("operator", Provisioning.NONE))) {
      assertThat(queue.admin().partitions())
          .extracting(PartitionSummary::name)
          .containsExactly("cpu", "gpu");
      PartitionAdmin gpu = queue.admin().partition("gpu");
      assertThat(gpu.tasks(TaskQuery.defaults()).items()).hasSize(2);
      assertThat(gpu.remove("ready")).isEqualTo(Removal.REMOVED);
      assertThat(gpu.remove("later")).isEqualTo(Removal.REMOVED);
      DeadLetterAdmin letters = gpu.deadLetters();
      assertThat(letters.move(letters.list(1).get(0).id(), "cpu")).isTrue();
      assertThat(letters.redrive(letters.list(1).get(0).id())).isTrue();
      if (!server.version().matches("2\\.(9|10)\\..*")) {
        gpu.pause(Duration.ofHours(1));
        gpu.resume();
      }
      assertThat(gpu.purge()).isEqualTo(1);
      gpu.delete();
      assertThat(queue.admin().partitions())
          .extracting(PartitionSummary::name)
          .containsExactly("cpu");
    }
    assertThat(NatsQueues.examine(options("operator", Provisioning.NONE)))
        .filteredOn(finding -> finding.level() == Level.UNSEEN)
        .extracting(Finding::topic)
        .isSubsetOf("sync interval", "clocks", server.version().startsWith("2.9.") ? "roles" : "");
  }

  @Test
  void aMissingPermissionIsNamed() throws Exception {
    fill();
    try (TaskQueue queue = NatsQueues.connect(options("monitor", Provisioning.NONE))) {
      expectDenied(queue.admin()::partitions, "$JS.API.CONSUMER.LIST.jetlane");
      PartitionAdmin gpu = queue.admin().partition("gpu");
      assertThat(gpu.summary().stats().ready()).isEqualTo(1);
      assertThat(gpu.deadLetters().list(5)).hasSize(2);
      String letter = gpu.deadLetters().list(1).get(0).id();
      expectDenied(() -> gpu.tasks(TaskQuery.defaults()), "$JS.API.STREAM.MSG.GET.jetlane");
      expectDenied(gpu::purge, "$JS.API.STREAM.PURGE.jetlane");
      expectDenied(gpu::deleteWithTasks, "$JS.API.CONSUMER.DELETE.jetlane.gpu");
      expectDenied(
          () -> gpu.deadLetters().remove(letter), "$JS.API.STREAM.MSG.DELETE.jetlane-dead");
      if (!server.version().matches("2\\.(9|10)\\..*")) {
        expectDenied(() -> gpu.pause(Duration.ofHours(1)), "$JS.API.CONSUMER.PAUSE.jetlane.gpu");
      }
      assertThat(gpu.summary().stats().dead()).isEqualTo(2);
    }
    assertThat(NatsQueues.examine(options("monitor", Provisioning.NONE)))
        .filteredOn(finding -> finding.level() == Level.UNSEEN)
        .extracting(Finding::evidence)
        .anyMatch(evidence -> evidence.contains("$JS.API.CONSUMER.LIST.jetlane"))
        .anyMatch(evidence -> evidence.contains("$JS.API.INFO"))
        .anyMatch(evidence -> evidence.contains("$SYS.REQ.USER.INFO"));
  }

  /** The roles of each account of the file, as the doctor reports them. */
  @Test
  void theDoctorReportsTheRolesOfAUser() throws Exception {
    if (server.version().startsWith("2.9.")) {
      assertThat(NatsQueues.examine(options("operator", Provisioning.NONE)))
          .filteredOn(finding -> finding.topic().equals("roles"))
          .singleElement()
          .matches(finding -> finding.level() == Level.UNSEEN)
          .matches(finding -> finding.advice().contains("2.10"));
      return;
    }
    try (NatsServer talkative = Roles.start(OperatorRoleTest::withUserInfo)) {
      try (TaskQueue administrator =
          NatsQueues.connect(Roles.options(talkative, "administrator", Provisioning.CREATE))) {
        administrator.partition("cpu");
        administrator.partition("gpu");
      }
      assertThat(roles(talkative, "producer"))
          .containsExactly("producer: this user of account $G has its rights for gpu");
      assertThat(roles(talkative, "worker"))
          .containsExactly(
              "producer: this user of account $G has its rights for gpu",
              "worker: this user of account $G has its rights for gpu");
      assertThat(roles(talkative, "monitor"))
          .containsExactly("monitor: this user of account $G has its rights");
      assertThat(roles(talkative, "administrator"))
          .containsExactly(
              "producer: this user of account $G has its rights for *",
              "administrator: this user of account $G has its rights",
              "monitor: this user of account $G has its rights");
      assertThat(roles(talkative, "operator"))
          .containsExactly(
              "producer: this user of account $G has its rights for cpu, gpu",
              "monitor: this user of account $G has its rights",
              "operator: this user of account $G has its rights");
      assertThat(NatsQueues.examine(Roles.options(talkative, "operator", Provisioning.NONE)))
          .filteredOn(finding -> finding.topic().equals("role worker"))
          .extracting(Finding::evidence)
          .containsExactly(
              "this user of account $G lacks $JS.API.CONSUMER.MSG.NEXT.jetlane.cpu,"
                  + " $JS.ACK.jetlane.cpu.>, jetlane-dead.cpu.> for cpu");
    }
  }

  private static String withUserInfo(String conf) {
    String without = conf.replace("\"$SYS.REQ.USER.INFO\"", "");
    return without.replaceAll("publish: \\[", "publish: [\"\\$SYS.REQ.USER.INFO\", ");
  }

  private static List<String> roles(NatsServer server, String user) {
    return NatsQueues.examine(Roles.options(server, user, Provisioning.NONE)).stream()
        .filter(finding -> finding.topic().startsWith("role "))
        .filter(finding -> finding.evidence().contains("has its rights"))
        .map(finding -> finding.topic().substring("role ".length()) + ": " + finding.evidence())
        .toList();
  }

  private static void expectDenied(ThrowingCallable call, String subject) {
    assertThatThrownBy(call)
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining(subject);
  }
}
