// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderTest extends QueueTest {

  @Test
  void firstDeliveriesAreFirstInFirstOut() throws InterruptedException {
    push("a", "b", "c", "d");

    assertThat(pullIds(3)).containsExactly("a", "b", "c");
    assertThat(pullIds(3)).containsExactly("d");
  }

  @Test
  void naksAreRedeliveredInTheirOrderBeforeNewTasks() throws InterruptedException {
    push("a", "b", "c", "d", "e");
    List<Delivery> taken = pull(4);
    taken.get(3).nak();
    taken.get(1).nak();
    taken.get(2).nak();
    taken.get(0).nak();

    assertThat(pullIds(10)).containsExactly("d", "b", "c", "a", "e");
  }

  @Test
  void expiredLeasesAreRedeliveredInTheOrderOfTheirDeadlines() throws InterruptedException {
    push("a", "b", "c", "d");
    List<Delivery> taken = pull(3);
    for (int i = 2; i >= 0; i--) {
      advanceSeconds(1);
      taken.get(i).extend();
    }
    advance(LEASE);

    assertThat(pullIds(10)).containsExactly("c", "b", "a", "d");
  }

  @Test
  void simultaneousLeaseEndsAreRedeliveredInTheOrderOfThePushes() throws InterruptedException {
    push("a", "b", "c");
    List<Delivery> taken = pull(3);
    taken.get(2).nak();
    taken.get(1).nak();
    pull(2);
    advance(LEASE);

    assertThat(pullIds(10)).containsExactly("a", "b", "c");
  }

  @Test
  void anEarlierNakIsRedeliveredBeforeALaterLeaseEnd() throws InterruptedException {
    push("a", "b", "c");
    List<Delivery> taken = pull(2);
    taken.get(1).nak();
    advance(LEASE);

    assertThat(pullIds(10)).containsExactly("b", "a", "c");
  }

  @Test
  void delayedTasksAreRedeliveredInTheOrderOfTheirDueTimes() throws InterruptedException {
    push("a", "b", "c", "d", "new");
    List<Delivery> taken = pull(4);
    int[] delays = {3000, 2999, 1000, 3001};
    for (int i = 0; i < delays.length; i++) {
      taken.get(i).nak(Duration.ofMillis(delays[i]));
    }
    advance(Duration.ofMillis(3001));

    assertThat(pullIds(10)).containsExactly("c", "b", "a", "d", "new");
  }

  @Test
  void aRepeatedNakKeepsItsPlace() throws InterruptedException {
    push("a", "b");
    List<Delivery> taken = pull(2);
    server.faults().loseNextConfirmation(Faults.Call.NAK);
    assertThatThrownBy(taken.get(0)::nak).isInstanceOf(OutcomeUnknownException.class);
    taken.get(1).nak();

    taken.get(0).nak();

    assertThat(pullIds(10)).containsExactly("a", "b");
  }
}
