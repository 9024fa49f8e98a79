// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A pull without a thread must not miss the arrival of its tasks. */
class StepStateTest {

  private static final int ROUNDS = 300_000;

  @Test
  void aRingDuringAStepStartsAnotherStep() {
    StepState state = new StepState();
    assertFalse(state.ring());
    assertFalse(state.ring());
    assertFalse(state.beginWait());
    assertTrue(state.beginWait());
  }

  @Test
  void aRingDuringAWaitStartsOneStep() {
    StepState state = new StepState();
    assertTrue(state.beginWait());
    assertTrue(state.isWaiting());
    assertTrue(state.ring());
    assertFalse(state.isWaiting());
  }

  @Test
  void aRingAfterTheEndStartsNoStep() {
    StepState state = new StepState();
    state.end();
    assertFalse(state.ring());
    assertFalse(state.isWaiting());
  }

  /** The two threads meet at the end of a step, {@value #ROUNDS} times. */
  @Test
  void aRingAtTheEndOfAStepIsNotLost() throws InterruptedException {
    StepState[] states = new StepState[ROUNDS];
    boolean[] waited = new boolean[ROUNDS];
    boolean[] started = new boolean[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      states[i] = new StepState();
    }
    AtomicInteger arrived = new AtomicInteger();
    Thread ringer =
        new Thread(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                meet(arrived, i);
                started[i] = states[i].ring();
              }
            });
    ringer.start();
    for (int i = 0; i < ROUNDS; i++) {
      meet(arrived, i);
      waited[i] = states[i].beginWait();
    }
    ringer.join();
    int lost = 0;
    int twice = 0;
    for (int i = 0; i < ROUNDS; i++) {
      lost += waited[i] && !started[i] ? 1 : 0;
      twice += !waited[i] && started[i] ? 1 : 0;
    }
    assertEquals(0, lost, "lost rings");
    assertEquals(0, twice, "rings that started two steps");
  }

  /** Returns when both threads have come to a round. */
  private static void meet(AtomicInteger arrived, int round) {
    arrived.incrementAndGet();
    int both = 2 * (round + 1);
    for (int spins = 0; arrived.get() < both; spins++) {
      if (spins < 1_000) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(1); // The other thread has no processor.
      }
    }
  }
}
