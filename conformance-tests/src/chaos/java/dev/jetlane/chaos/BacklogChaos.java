// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Stored tasks survive a kill, and an upgrade of the server. */
class BacklogChaos {

  private static final int MANY = 1_000_000;
  private static final int SOME = 20_000;
  private static final Path ROOT = Path.of(System.getProperty("jetlane.root", ".."));
  private static final Path OLD = ROOT.resolve(".nats/2.10/nats-server");

  @Test
  void aMillionTasksSurviveAKill() throws Exception {
    Settings settings = Settings.read();
    int size = size(settings.isCi() ? SOME : MANY);
    NatsConfig config = NatsConfig.defaults().withText(Access.config(settings, false));
    try (NatsServer server = NatsServer.start(config)) {
      Report report = new Report("backlog over kills", settings, server.version());
      run(server, size, report, server::restart);
      report.row(Fault.KILL.name(), 2);
      report.finish(RunFolder.create("backlog", settings), List.of(server.store()));
    }
  }

  @Test
  void aBacklogSurvivesAnUpgrade() throws Exception {
    assumeTrue(Files.isExecutable(OLD), "no nats-server 2.10: .ci/setup --all");
    Path newest = ROOT.resolve(".nats/latest/nats-server");
    Settings settings = Settings.read();
    int size = size(SOME);
    try (NatsServer server = NatsServer.start(OLD, NatsConfig.defaults())) {
      Report report = new Report("upgrade with a backlog", settings, server.version());
      run(server, size, report, () -> server.restart(newest));
      report.row("server after the upgrade", server.version());
      report.finish(RunFolder.create("upgrade", settings), List.of(server.store()));
    }
  }

  /**
   * Pushes, takes a tenth, restarts the server as given, takes half, restarts it again, takes the
   * rest.
   */
  private static void run(NatsServer server, int size, Report report, Runnable comeBack)
      throws InterruptedException {
    Backlog backlog = new Backlog(size);
    try (TaskQueue queue = ChaosQueues.connect(server.url(), 1)) {
      Partition partition = queue.partition(ChaosQueues.partition(0));
      long startNanos = System.nanoTime();
      backlog.push(partition, 0, size);
      row(report, "pushed in", startNanos);
      backlog.drain(partition, size / 10);
      restart(server, queue, comeBack);
      backlog.drain(partition, size / 2);
      restart(server, queue, comeBack);
      startNanos = System.nanoTime();
      do {
        backlog.drain(partition, size);
      } while (partition.stats().outstanding() > 0);
      row(report, "rest drained in", startNanos);
      report.row("attempts", size);
      report.row("confirmed", backlog.confirmed.cardinality());
      report.row("lost", backlog.lost());
      report.row("unexpected", backlog.unexpected);
      report.row("duplicated", backlog.duplicated);
      report.row("redelivered", backlog.redelivered);
      report.require(backlog.lost() == 0, backlog.lost() + " lost");
      report.require(backlog.unexpected == 0, backlog.unexpected + " unexpected");
    }
  }

  private static void restart(NatsServer server, TaskQueue queue, Runnable comeBack)
      throws InterruptedException {
    server.kill();
    comeBack.run();
    long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!isReady(queue) && System.nanoTime() - untilNanos < 0) {
      Pause.millis(50);
    }
  }

  private static boolean isReady(TaskQueue queue) {
    try {
      return queue.health().ready();
    } catch (TaskQueueException e) {
      return false;
    }
  }

  private static int size(int otherwise) {
    return Integer.parseInt(Settings.property("backlog", Integer.toString(otherwise)));
  }

  private static void row(Report report, String name, long startNanos) {
    report.row(name, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos) + " ms");
  }
}
