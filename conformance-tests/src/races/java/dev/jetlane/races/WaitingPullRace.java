// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.races;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.inmemory.InMemoryServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A pull of the fake that begins to wait during a push receives the task. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the task came")
@Outcome(expect = Expect.FORBIDDEN, desc = "the pull waits although there is a task")
@State
public class WaitingPullRace {

  private static final Duration WAIT = Duration.ofHours(1);

  private final Partition partition =
      InMemoryServer.create().connect(QueueConfig.defaults()).partition("p");

  private final Puller puller = partition.puller();
  private volatile CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();

  @Actor
  public void pull() {
    pull = puller.pullAsync(1, WAIT);
  }

  @Actor
  public void push() {
    partition.push(Task.withRandomId("x"));
  }

  @Arbiter
  public void pulled(I_Result result) {
    result.r1 = pull.completeOnTimeout(List.of(), 5, TimeUnit.SECONDS).join().size();
  }
}
