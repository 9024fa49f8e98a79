// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.DeadLetterDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Changes of many letters, in a queue that shows sixty of them at a time. */
class ClientDeadLetterAdminTest {

  private static final int LETTERS = 205;
  private static final int PAGE = 100;

  private final List<String> changed = new ArrayList<>();
  private boolean together;
  private String interruptedAt = "";

  private final DeadLetterDriver driver =
      new DeadLetterDriver() {
        @Override
        public Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos) {
          assertThat(query.max()).as("bound of the memory").isLessThanOrEqualTo(PAGE);
          int from = query.start().map(Integer::parseInt).orElse(0);
          int to = Math.min(LETTERS, from + Math.min(60, query.max()));
          return new Page<>(
              IntStream.range(from, to).mapToObj(ClientDeadLetterAdminTest::letter).toList(),
              to == LETTERS ? Optional.empty() : Optional.of(Integer.toString(to)));
        }

        @Override
        public boolean redrive(String id, long deadlineNanos) {
          return changed.add("redrive " + id);
        }

        @Override
        public Optional<Page<String>> redrivePage(DeadLetterQuery query, long stepNanos) {
          return together ? Optional.of(changed("redrive", query)) : Optional.empty();
        }

        private Page<String> changed(String change, DeadLetterQuery query) {
          Page<DeadLetter> page = page(query, 0);
          List<String> ids = page.items().stream().map(DeadLetter::id).toList();
          ids.forEach(id -> changed.add(change + " together " + id));
          return new Page<>(ids, page.next());
        }

        @Override
        public Optional<DeadLetter> find(String id, long deadlineNanos) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(String id, long deadlineNanos) {
          if (id.equals(interruptedAt)) {
            Thread.currentThread().interrupt();
          }
          return changed.add("remove " + id);
        }

        @Override
        public void requireTarget(String partition, long deadlineNanos) {
          if (partition.equals("absent")) {
            throw new QueueRejectedException("there is no partition absent", null);
          }
        }

        @Override
        public boolean move(String id, String partition, long deadlineNanos) {
          return changed.add("move " + id + " to " + partition);
        }

        @Override
        public long purge(long deadlineNanos) {
          return LETTERS;
        }
      };

  private final ClientDeadLetterAdmin admin =
      new ClientDeadLetterAdmin(new Bench().session, "p", driver);

  private static DeadLetter letter(int number) {
    String id = "letter-" + number;
    return new DeadLetter(id, id, new byte[0], Map.of(), 0, 1, "poison", Instant.EPOCH);
  }

  @Test
  void pageAfterPageUntilThereAreNoMore() throws InterruptedException {
    DeadLetterQuery all = DeadLetterQuery.defaults().withMax(Limits.MAX_PULL);
    assertThat(admin.redrive(all, Duration.ZERO)).isEqualTo(LETTERS);
    assertThat(changed).hasSize(LETTERS).doesNotHaveDuplicates();
  }

  @Test
  void aMoveToNowhereIsRefusedBeforeTheFirstLetter() {
    for (Duration between : List.of(Duration.ZERO, Duration.ofSeconds(1))) {
      assertThatThrownBy(() -> admin.move(DeadLetterQuery.defaults(), "absent", between))
          .isInstanceOfSatisfying(
              QueueRejectedException.class, e -> assertThat(e.partition()).contains("p"));
    }
    assertThat(changed).isEmpty();
  }

  @Test
  void noMoreThanRequestedAreReadAlsoOverPages() throws InterruptedException {
    DeadLetterQuery some = DeadLetterQuery.defaults().withMax(61);
    assertThat(admin.remove(some)).isEqualTo(61);
    assertThat(changed).hasSize(61).startsWith("remove letter-0").endsWith("remove letter-60");
    changed.clear();
    assertThat(admin.move(some.withMax(1), "q", Duration.ZERO)).isEqualTo(1);
    assertThat(changed).containsExactly("move letter-0 to q");
  }

  @Test
  void aDriverThatChangesLettersTogetherReceivesPages() throws InterruptedException {
    together = true;
    DeadLetterQuery all = DeadLetterQuery.defaults().withMax(Limits.MAX_PULL);
    assertThat(admin.redrive(all, Duration.ZERO)).isEqualTo(LETTERS);
    assertThat(changed).hasSize(LETTERS).doesNotHaveDuplicates();
    assertThat(changed).allMatch(change -> change.startsWith("redrive together"));
    changed.clear();
    assertThat(admin.redrive(all.withMax(61), Duration.ZERO)).isEqualTo(61);
    assertThat(changed).hasSize(61);
  }

  @Test
  void withAPauseBetweenThemTheyAreChangedOneByOne() throws InterruptedException {
    together = true;
    DeadLetterQuery some = DeadLetterQuery.defaults().withMax(1);
    assertThat(admin.redrive(some, Duration.ofNanos(1))).isEqualTo(1);
    assertThat(changed).containsExactly("redrive letter-0");
  }

  @Test
  void aPurgeReturnsTheNumberOfRemovedLetters() {
    assertThat(admin.purge()).isEqualTo(LETTERS);
  }

  @Test
  void anInterruptEndsTheCallBetweenTwoLetters() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> admin.remove(DeadLetterQuery.defaults()))
        .isInstanceOf(InterruptedException.class);
    assertThat(changed).isEmpty();
    interruptedAt = "letter-1";
    assertThatThrownBy(() -> admin.remove(DeadLetterQuery.defaults()))
        .isInstanceOf(InterruptedException.class);
    assertThat(changed).containsExactly("remove letter-0", "remove letter-1");
  }
}
