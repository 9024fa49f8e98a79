// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.Page;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Dead letters that come and go between the pages of an operator, and their values. */
class InMemoryLettersTest extends QueueTest {

  private static final DeadLetterQuery ONE = DeadLetterQuery.defaults().withMax(1);

  private DeadLetterAdmin letters() {
    return queue.admin().partition("p").deadLetters();
  }

  private void kill(String reason, String... ids) throws InterruptedException {
    push(ids);
    for (Delivery delivery : pull(ids.length)) {
      delivery.deadLetter(reason);
    }
  }

  private static List<String> shown(Page<DeadLetter> page) {
    return page.items().stream().map(DeadLetter::taskId).toList();
  }

  @Test
  void aLetterHasTheValuesOfItsTask() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    advanceSeconds(1);
    partition.push(Task.of("a", new byte[] {1, 2}).withHeader("k", "v").withPriority(1));
    pullOne().nak();
    advanceSeconds(2);
    Delivery second = pullOne();
    advanceSeconds(3);
    second.deadLetter("cannot parse");
    DeadLetter letter =
        new DeadLetter(
            "1",
            "a",
            new byte[] {1, 2},
            Map.of("k", "v"),
            1,
            2,
            "cannot parse",
            ManualClock.DEFAULT_START.plusSeconds(6));
    assertThat(partition.deadLetters().list(9)).containsExactly(letter);
    assertThat(letters().list(9)).containsExactly(letter);
    assertThat(letters().find("1")).contains(letter);
    assertThat(letters().redrive("1")).isTrue();
    Delivery again = pullOne();
    assertThat(again.priority()).isEqualTo(1);
    assertThat(again.headers()).isEqualTo(Map.of("k", "v"));
    assertThat(again.payload()).containsExactly(1, 2);
    assertThat(again.storedAt()).isEqualTo(clock.now());
  }

  @Test
  void aPageBeginsAtTheNextLetterThatIsLeft() throws InterruptedException {
    kill("no", "a", "b", "c", "d");
    Page<DeadLetter> first = letters().page(ONE);
    assertThat(shown(first)).containsExactly("a");
    String b = letters().list(2).get(1).id();
    assertThat(letters().remove(b)).isTrue();
    assertThat(letters().remove(b)).isFalse();
    assertThat(letters().redrive(first.items().get(0).id())).isTrue();
    Page<DeadLetter> second = letters().page(ONE.withStart(first.next().orElseThrow()));
    assertThat(shown(second)).containsExactly("c");
    assertThat(shown(letters().page(ONE.withStart(second.next().orElseThrow()))))
        .containsExactly("d");
  }

  /** An operator who goes on after a purge sees the letters that came after it. */
  @Test
  void aPageAfterAPurgeShowsEachNewLetter() throws InterruptedException {
    kill("no", "a", "b");
    String next = letters().page(ONE).next().orElseThrow();
    assertThat(partition.deadLetters().purge()).isEqualTo(2);
    kill("no", "c", "d");
    DeadLetterQuery rest = DeadLetterQuery.defaults().withStart(next);
    assertThat(shown(letters().page(rest))).containsExactly("c", "d");
  }

  @Test
  void aPageOfAFilterBeginsAtTheNextLetterThatMatches() throws InterruptedException {
    kill("bad", "a");
    kill("worse", "b");
    kill("bad", "c");
    kill("worse", "d");
    kill("bad", "e");
    kill("worse", "f");
    DeadLetterQuery bad = ONE.withReason("bad");
    Page<DeadLetter> page = letters().page(bad);
    for (String id : List.of("a", "c")) {
      assertThat(shown(page)).containsExactly(id);
      page = letters().page(bad.withStart(page.next().orElseThrow()));
    }
    assertThat(shown(page)).containsExactly("e");
    assertThat(page.next()).as("no page follows the last match").isEmpty();
    Page<DeadLetter> all = letters().page(DeadLetterQuery.defaults().withReason("bad").withMax(3));
    assertThat(shown(all)).containsExactly("a", "c", "e");
    assertThat(all.next()).as("a page that is exactly full").isEmpty();
  }

  @Test
  void aLetterKeepsItsTimeAndItsCopyOfThePayload() throws InterruptedException {
    kill("no", "a");
    DeadLetter before = letters().list(1).get(0);
    advance(Duration.ofHours(1));
    before.payload()[0] = 9;
    DeadLetter after = letters().list(1).get(0);
    assertThat(after.time()).isEqualTo(ManualClock.DEFAULT_START);
    assertThat(after.payload()[0]).isNotEqualTo((byte) 9);
  }

  @Test
  void theCallsOfAnOperatorOnLettersHaveTheirExchanges() throws InterruptedException {
    kill("no", "a", "b", "c");
    DeadLetterAdmin letters = letters();
    String a = letters.list(1).get(0).id();
    server.faults().slowExchanges(Duration.ofSeconds(1));
    Instant before = clock.now();
    assertThat(letters.redrive(a)).isTrue();
    assertThat(clock.now()).as("read, store, remove").isEqualTo(before.plusSeconds(3));
    assertThat(letters.purge()).isEqualTo(2);
    assertThat(clock.now()).isEqualTo(before.plusSeconds(4));
    assertThat(letters.purge()).isZero();
    assertThat(letters.list(9)).isEmpty();
  }

  @Test
  void aMoveToAPartitionThatDoesNotExistKeepsTheLetter() throws InterruptedException {
    kill("no", "a");
    String id = letters().list(1).get(0).id();
    assertThat(queue.partition("gone").name()).isEqualTo("gone");
    queue.admin().partition("gone").delete();
    for (String target : List.of("gone", "never-opened")) {
      assertThatThrownBy(() -> letters().move(id, target))
          .isInstanceOf(QueueRejectedException.class)
          .hasMessageContaining("there is no partition " + target);
    }
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 1));
    assertThat(queue.partition("other").name()).isEqualTo("other");
    assertThat(letters().move("no-such-letter", "other")).isFalse();
    assertThat(letters().move(id, "other")).isTrue();
    assertThat(letters().move(id, "other")).as("a second time").isFalse();
    assertThat(queue.partition("other").stats()).isEqualTo(new Stats(1, 0, 0));
  }

  /** The task of a letter has no deadline any more, or it would die again immediately. */
  @Test
  void aRedrivenTaskHasNoDeadline() throws InterruptedException {
    partition.push(Task.of("a", "x").withDeadline(clock.now().plusSeconds(5)));
    Delivery first = pullOne();
    assertThat(first.deadline()).contains(clock.now().plusSeconds(5));
    first.deadLetter("no");
    advanceSeconds(6);
    assertThat(partition.deadLetters().redriveOldest(1)).isEqualTo(1);
    Delivery again = pullOne();
    assertThat(again.deadline()).isEmpty();
    assertThat(again.attempt()).isEqualTo(1);
  }
}
