// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The effect of each settlement on a task in each place. Another client may have settled the task,
 * and the server may have forgotten its delivery.
 */
class SettlementPlacesTest {

  private static final long SECOND = 1_000_000_000L;
  private static final QueueConfig CONFIG =
      QueueConfig.defaults().withLease(Duration.ofSeconds(10));

  private final Mishaps none = new NoMishaps();
  private final ServerState server = new ServerState(Instant.parse("2000-01-01T00:00:00Z"), none);
  private final PartitionState state = server.open("p", CONFIG);
  private final Holder client = new PlainHolder("client", CONFIG);

  /** Returns the task, which was pushed at 0 s and delivered at 2 s. */
  private StoredTask deliver() {
    new Pushes(state).push(Task.of("a", "x"), 0);
    long now = 2 * SECOND;
    state.catchUp(now);
    return state.take(Objects.requireNonNull(state.next(now, client)), now, client).task;
  }

  private void moveTo(String place, StoredTask task) {
    long now = 2 * SECOND;
    switch (place) {
      case "leased" -> {}
      case "delayed" -> state.nak(task, 5 * SECOND, now);
      case "queued" -> state.nak(task, now);
      case "gone" -> state.ack(task, now);
      case "forgotten" -> server.restart(SECOND, MemoryLoss.Settled.KEPT, now);
      default -> throw new IllegalArgumentException(place);
    }
  }

  private void settle(String call, StoredTask task, long now) {
    switch (call) {
      case "ack" -> state.ack(task, now);
      case "nak" -> state.nak(task, now);
      case "nak later" -> state.nak(task, 6 * SECOND, now);
      case "extend" -> state.extend(task, now);
      default -> throw new IllegalArgumentException(call);
    }
  }

  private static String described(StoredTask task) {
    return switch (task.place) {
      case LEASED, DELAYED ->
          task.place
              + " until "
              + task.deadlineNanos / SECOND
              + " written from "
              + task.writtenStartNanos / SECOND;
      default -> task.place.toString();
    };
  }

  @ParameterizedTest
  @CsvSource({
    "leased,    ack,       GONE,                            acked",
    "leased,    nak,       REDELIVERY,                      given back",
    "leased,    nak later, DELAYED until 9 written from -1, given back for later until +9s",
    "leased,    extend,    LEASED until 13 written from 3,  lease extended until +13s",
    "delayed,   ack,       GONE,                            acked",
    "delayed,   nak,       REDELIVERY,                      given back",
    "delayed,   nak later, DELAYED until 9 written from -1, given back for later until +9s",
    "delayed,   extend,    LEASED until 13 written from 3,  lease extended until +13s",
    "queued,    ack,       GONE,                            acked",
    "queued,    nak,       REDELIVERY,",
    "queued,    nak later, DELAYED until 9 written from -1, given back for later until +9s",
    "queued,    extend,    REDELIVERY,",
    "gone,      ack,       GONE,",
    "gone,      nak,       GONE,",
    "gone,      nak later, GONE,",
    "gone,      extend,    GONE,",
    "forgotten, nak,       NEW,",
    "forgotten, nak later, NEW,",
    "forgotten, extend,    NEW,",
    "forgotten, ack,       NEW,",
  })
  void aSettlementHasTheEffectOfThePlace(
      String place, String call, String expected, @Nullable String event) {
    StoredTask task = deliver();
    moveTo(place, task);
    int before = server.log.lines().size();
    long now = 3 * SECOND;
    state.catchUp(now);
    boolean answered = true;
    try {
      settle(call, task, now);
    } catch (OutcomeUnknownException forgotten) {
      answered = false;
    }
    String what = call + " of a task that is " + place;
    boolean forgottenAck = place.equals("forgotten") && call.equals("ack");
    assertThat(answered).as("%s is answered", what).isEqualTo(!forgottenAck);
    assertThat(described(task)).as(what).isEqualTo(expected);
    List<String> events = server.log.lines().subList(before, server.log.lines().size());
    assertThat(events)
        .as("events of %s", what)
        .isEqualTo(event == null ? List.of() : List.of("+3s p/a: " + event + " (attempt 1)"));
    assertThat(state.stats())
        .as("counts after %s", what)
        .isEqualTo(
            switch (task.place) {
              case GONE -> new Stats(0, 0, 0);
              case NEW -> new Stats(1, 0, 0);
              default -> new Stats(0, 1, 0);
            });
  }

  /** A nak of a task that waits for its delay ends the delay for a pull that waits. */
  @Test
  void aNakOfADelayedTaskServesAWaitingPull() {
    StoredTask task = deliver();
    moveTo("delayed", task);
    CountingRequest waiting = new CountingRequest(client, Long.MAX_VALUE);
    state.pulls.add(waiting, 2 * SECOND);
    assertThat(waiting.size()).isZero();
    state.nak(task, 2 * SECOND);
    assertThat(waiting.size()).isEqualTo(1);
    assertThat(waiting.ends).isEqualTo(1);
    assertThat(task.place).isEqualTo(StoredTask.Place.LEASED);
    assertThat(task.deliveries).isEqualTo(2);
  }
}
