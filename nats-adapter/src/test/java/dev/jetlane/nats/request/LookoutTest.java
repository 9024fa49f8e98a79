// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The changes that the checks of waiting pulls notice. */
class LookoutTest {

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final QueueTimer timer = new QueueTimer("timer-under-test");
  private final List<Boolean> looks = new ArrayList<>();
  private final Lookout.Waiter waiter = looks::add;
  private Lookout lookout;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    timer.close(); // The test itself looks.
    lookout = new Lookout(wire.monitor(), wire.refusals(), timer);
    lookout.add(waiter);
    lookout.look();
    looks.clear();
  }

  @AfterEach
  void close() {
    lookout.remove(waiter);
    lookout.look();
  }

  private void expect(Boolean... expected) {
    lookout.look();
    lookout.look();
    assertThat(looks).containsExactly(expected);
  }

  @Test
  void nothingHasChanged() {
    expect(false, false);
  }

  @Test
  void aConnectionThatWasRestoredBetweenTwoLooksIsAChange() {
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    expect(true, false);
  }

  /** The status of jnats changes a little before or after its event. */
  @Test
  void aLostConnectionIsAChangeWithoutAnEvent() {
    server.disconnect();
    expect(true, true);
  }

  @Test
  void aRefusalIsAChange() {
    wire.errorOccurred(
        server.connection(), "Permissions Violation for Publish to \"$JS.API.CONSUMER.x\"");
    expect(true, false);
  }

  @Test
  void anotherChangeIsSeen() {
    wire.monitor().changed();
    expect(true, false);
  }

  @Test
  void aRemovedWaiterIsNotNotified() {
    lookout.remove(waiter);
    expect();
  }

  /** A refusal on a connection of the caller is only its last error. */
  @Test
  void aRefusalThatNothingReportedIsAChange() {
    String[] lastError = {null};
    ReplacedCalls calls =
        new ReplacedCalls(server.connection()).with("getLastError", none -> lastError[0]);
    Wire over = new Wire();
    over.bind(calls.connection());
    Lookout other = new Lookout(over.monitor(), over.refusals(), timer);
    other.add(waiter);
    other.look();
    looks.clear();
    lastError[0] = "Permissions Violation for Publish to \"$JS.API.CONSUMER.x\"";
    other.look();
    other.look();
    assertThat(looks).containsExactly(true, false);
  }

  @Test
  void eachWaiterIsNotifiedOncePerLook() {
    List<Boolean> second = new ArrayList<>();
    Lookout.Waiter other = second::add;
    lookout.add(waiter);
    lookout.add(other);
    assertThat(lookout.isEmpty()).isFalse();
    wire.monitor().changed();
    expect(true, false);
    assertThat(second).containsExactly(true, false);
    lookout.remove(waiter);
    lookout.remove(waiter);
    assertThat(lookout.isEmpty()).isFalse();
    lookout.remove(other);
    assertThat(lookout.isEmpty()).isTrue();
  }

  @Test
  void aConnectionThatIsBackWithoutAnEventIsAChangeUntilThen() {
    server.disconnect();
    lookout.look();
    server.connect();
    expect(true, false, false);
  }

  /** More often they would keep an idle process busy. */
  @Test
  void theChecksOfPullsAndOfTheConnectionComeAfterASecond() throws Exception {
    CompletableFuture<Long> watched = new CompletableFuture<>();
    CompletableFuture<Long> checked = new CompletableFuture<>();
    ReplacedCalls calls =
        new ReplacedCalls(server.connection())
            .with(
                "getStatistics",
                none -> {
                  watched.complete(System.nanoTime());
                  return server.connection().getStatistics();
                });
    Wire other = new Wire();
    other.bind(calls.connection());
    QueueTimer running = new QueueTimer("running-timer");
    long start = System.nanoTime();
    new Lookout(other.monitor(), other.refusals(), running)
        .add(changed -> checked.complete(System.nanoTime()));
    new ConnectionWatch(other, work -> CompletableFuture.runAsync(work, Runnable::run), running);
    for (CompletableFuture<Long> first : List.of(watched, checked)) {
      assertThat(first.get(20, TimeUnit.SECONDS) - start)
          .isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
    }
    running.close();
  }

  /** The pull of another waiter may cause it, and no event follows. */
  @Test
  void aChangeDuringALookIsReportedByTheNextOne() {
    Lookout.Waiter changing = changed -> wire.monitor().changed();
    lookout.add(changing);
    lookout.look();
    lookout.remove(changing);
    looks.clear();
    expect(true, false);
  }
}
