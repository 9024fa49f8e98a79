// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.testing.NotRun;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One server that is killed, stopped and paused, a network that breaks, and workers that die. */
class SingleServerChaos {

  private static final long CALL_MARGIN_MILLIS = TimeUnit.SECONDS.toMillis(30);

  @Test
  void nothingIsLost() throws Exception {
    Settings settings = possible(Settings.read());
    Path folder = RunFolder.create("single", settings);
    NatsConfig config = NatsConfig.defaults().withText(Access.config(settings, false));
    try (NatsServer server = NatsServer.start(config);
        FaultProxy forWorkers = FaultProxy.to(server.url(), settings.seed());
        FaultProxy forProducers = FaultProxy.to(server.url(), settings.seed() + 1);
        History history = new History(Crowd.historyFile(folder));
        Connection look = ChaosQueues.look(server.url());
        Crowd crowd =
            new Crowd(settings, ChaosQueues.connect(forProducers.url(), 1), look, history);
        Workers workers = new Workers(settings, forWorkers.url(), folder);
        ForeignProducer foreign = new ForeignProducer(server.url(), history, settings)) {
      workers.awaitWork();
      new Nemesis(settings, server, List.of(forWorkers, forProducers), workers, history)
          .run(new Schedule(settings.seed(), settings.faults()), settings.time());
      forWorkers.heal();
      forProducers.heal();
      foreign.stop();
      Remains left = crowd.drain();
      int badEnds = workers.stop();

      Report report = new Report("one server, " + settings.time(), settings, server.version());
      report.judge(Run.read(folder), left);
      report.row("longest push", crowd.longestCallMillis() + " ms");
      report.require(crowd.pushesAgain(), "the producers cannot push any more");
      report.require(badEnds == 0, badEnds + " workers did not end cleanly");
      report.require(
          crowd.longestCallMillis() < ChaosQueues.REQUEST_TIMEOUT.toMillis() + CALL_MARGIN_MILLIS,
          "a push took " + crowd.longestCallMillis() + " ms");
      report.finish(folder, List.of(server.store()));
    }
  }

  private static Settings possible(Settings settings) throws InterruptedException {
    if (settings.has(Fault.SLOW_DISK) && !SlowDisk.isPossible()) {
      NotRun.report("SLOW_DISK, because strace is missing, or may not be used here");
      return settings.without(Fault.SLOW_DISK);
    }
    return settings;
  }
}
