package dev.jetlane.chaos;

import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
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
    Settings settings = Settings.read();
    Path folder = RunFolder.create("single", settings);
    NatsConfig config = NatsConfig.defaults().withText(settings.serverConfig());
    try (NatsServer server = NatsServer.start(config);
        FaultProxy forWorkers = FaultProxy.to(server.url(), settings.seed());
        FaultProxy forProducers = FaultProxy.to(server.url(), settings.seed() + 1);
        History history = new History(Crowd.historyFile(folder));
        Connection look = ChaosQueues.look(server.url());
        Crowd crowd =
            new Crowd(settings, ChaosQueues.connect(forProducers.url(), 1), look, history);
        Workers workers = new Workers(settings, forWorkers.url(), folder)) {
      new Nemesis(server, List.of(forWorkers, forProducers), workers, history)
          .run(new Schedule(settings.seed()), settings.time());
      forWorkers.heal();
      forProducers.heal();
      Remains left = crowd.drain();
      int badEnds = workers.stop();

      Report report = new Report("one server, " + settings.time(), settings, server.version());
      report.judge(Run.read(folder), left);
      report.row("longest push", crowd.longestCallMillis() + " ms");
      report.require(badEnds == 0, badEnds + " workers did not end in good order");
      report.require(
          crowd.longestCallMillis() < ChaosQueues.REQUEST_TIMEOUT.toMillis() + CALL_MARGIN_MILLIS,
          "a push took " + crowd.longestCallMillis() + " ms");
      report.finish(folder, List.of(server.store()));
    }
  }
}
