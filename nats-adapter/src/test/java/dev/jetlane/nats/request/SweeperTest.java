// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.driver.Completion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The sweeps of open requests, on a timer that the test runs. */
class SweeperTest {

  /** The ticks without a request before the sweeper rests. */
  private static final int EMPTY_TICKS = 50;

  private static final int REST = 100;

  private int sweeps;
  private final RequestSlots slots = new RequestSlots();
  private final Deque<Runnable> ticks = new ArrayDeque<>();
  private final List<Long> pauses = new ArrayList<>();
  private final Sweeper sweeper = new Sweeper(this::later, this::noneOpen, () -> sweeps++);
  private @Nullable Runnable beside;
  private boolean memory = true;

  private boolean later(String what, long nanos, Runnable work) {
    if (!memory) {
      throw new OutOfMemoryError("scripted");
    }
    pauses.add(nanos);
    return ticks.add(work);
  }

  private boolean noneOpen() {
    boolean none = slots.isEmpty();
    Runnable other = beside;
    if (other != null) {
      beside = null;
      other.run();
    }
    return none;
  }

  /** A request that the test does not send. */
  private static final class Never extends Request<String> {

    Never() {
      super(Repeat.ALWAYS, Completion.none());
    }

    @Override
    public String subject() {
      return "never";
    }

    @Override
    public byte[] body() {
      return new byte[0];
    }

    @Override
    protected String describe() {
      return "never";
    }

    @Override
    protected Answer<String> read(byte[] answer, int from, int length) {
      return Answer.value("");
    }
  }

  private Request<String> open() {
    Request<String> request = new Never();
    assertThat(slots.enlist(request, true)).isTrue();
    sweeper.work();
    return request;
  }

  private void tick(int times) {
    for (int i = 0; i < times && !ticks.isEmpty(); i++) {
      ticks.remove().run();
    }
  }

  @Test
  void requestsAreSweptWhileTheyAreOpen() {
    Request<String> request = open();
    tick(REST);
    assertThat(sweeps).isEqualTo(REST);
    slots.release(request);
    tick(1);
    assertThat(sweeps).isEqualTo(REST);
  }

  /** Otherwise each of many sequential requests would wake the timer. */
  @Test
  void theNextRequestSoonAfterwardsStartsNoOtherTick() {
    slots.release(open());
    tick(10);
    Request<String> next = open();
    assertThat(ticks).hasSize(1);
    tick(1);
    assertThat(sweeps).isEqualTo(1);
    slots.release(next);
  }

  /** A thread that has no memory for the tick must not leave all later requests unswept. */
  @Test
  void aTickThatCouldNotBeScheduledIsScheduledByTheNextRequest() {
    memory = false;
    Request<String> first = new Never();
    assertThat(slots.enlist(first, true)).isTrue();
    assertThatThrownBy(sweeper::work).isInstanceOf(OutOfMemoryError.class);
    memory = true;
    Request<String> next = open();
    tick(1);
    assertThat(sweeps).isEqualTo(1);
    slots.release(first);
    slots.release(next);
  }

  @Test
  void withoutRequestsItRestsUntilTheNextOne() {
    slots.release(open());
    tick(REST);
    assertThat(ticks).isEmpty();
    Request<String> next = open();
    tick(1);
    assertThat(sweeps).isEqualTo(1);
    slots.release(next);
  }

  @Test
  void aRequestAtTheMomentOfTheRestIsSwept() {
    slots.release(open());
    tick(EMPTY_TICKS);
    assertThat(ticks).as("the next tick rests").hasSize(1);
    beside =
        () -> {
          var unused = open();
        };
    tick(2);
    assertThat(sweeps).isEqualTo(1);
  }

  /** Requests end that much later than their deadlines at most. */
  @Test
  void aTickComesEvery20Milliseconds() {
    Request<String> request = open();
    tick(2);
    slots.release(request);
    tick(2);
    assertThat(pauses).hasSize(5).containsOnly(20_000_000L);
  }
}
