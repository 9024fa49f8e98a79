// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.inmemory.InMemoryServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A task that arrives while the last thread ends still has a handler thread: this one, or another
 * one.
 */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "another thread")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "this thread")
@Outcome(expect = Expect.FORBIDDEN, desc = "no thread for the task, or two")
@State
public class EndingThreadRace {

  private static final Delivery DELIVERY = delivery();

  private final Workload work = new Workload(1, 1, new FetchAhead(1, -1, FetchAhead.MOST));
  private final HandlerRun first;

  public EndingThreadRace() {
    int unused = work.beginFetch(() -> {});
    boolean kept = work.endFetch(List.of(DELIVERY)) && work.startThread();
    first = Objects.requireNonNull(kept ? work.take(true, EndingThreadRace::run) : null);
    work.ended(first, 0);
    unused = work.beginFetch(() -> {});
  }

  private static HandlerRun run(Delivery delivery) {
    return new HandlerRun(delivery, 0);
  }

  private static Delivery delivery() {
    Partition partition = InMemoryServer.create().connect(QueueConfig.defaults()).partition("p");
    partition.push(Task.withRandomId("x"));
    return partition.puller().pullAsync(1, Duration.ZERO).join().get(0);
  }

  @Actor
  public void arrive(ZZ_Result result) {
    result.r1 = work.endFetch(List.of(DELIVERY)) && work.startThread();
  }

  @Actor
  public void end(ZZ_Result result) {
    result.r2 = work.take(false, EndingThreadRace::run) != null;
  }
}
