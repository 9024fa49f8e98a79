// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.QueueFullException;
import dev.jetlane.driver.DeadLetterDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Changes of the letters that a query selects: the calls of the driver, pauses, and counts. */
class LettersByQueryTest {

  private interface Change {
    int of(DeadLetterQuery query, Duration between) throws InterruptedException;
  }

  private final List<Duration> pauses = new ArrayList<>();
  private final RecordedDriver driver =
      new RecordedDriver(
          new StandingClock() {
            @Override
            public void await(BooleanSupplier condition, long untilNanos) {
              pauses.add(Duration.ofNanos(untilNanos - nanoTime()));
            }
          });

  private final ClientDeadLetterAdmin admin =
      new ClientDeadLetterAdmin(
          new Session(driver.clock, RecordedDriver.TIMEOUT, new Listeners(List.of())),
          "p",
          driver.as(DeadLetterDriver.class));

  /** The letters that another operator removed meanwhile. */
  private final Set<String> gone = new TreeSet<>();

  private int letters = 5;
  private int perPage = 2;

  LettersByQueryTest() {
    driver.answers.put("DeadLetterDriver.page", arguments -> page((DeadLetterQuery) arguments[0]));
    for (String change : List.of("remove", "redrive", "move")) {
      driver.answers.put(
          "DeadLetterDriver." + change, arguments -> !gone.contains((String) arguments[0]));
      driver.answers.put("DeadLetterDriver." + change + "Page", arguments -> Optional.empty());
    }
  }

  private Page<DeadLetter> page(DeadLetterQuery query) {
    int from = query.start().map(Integer::parseInt).orElse(0);
    int to = Math.min(letters, from + Math.min(perPage, query.max()));
    List<DeadLetter> items = new ArrayList<>();
    for (int i = from; i < to; i++) {
      items.add(new DeadLetter("L" + i, "t", new byte[0], Map.of(), 0, 1, "bad", Instant.EPOCH));
    }
    return new Page<>(items, to >= letters ? Optional.empty() : Optional.of("" + to));
  }

  private List<String> changes() {
    return driver.taken().stream()
        .map(call -> call.substring("DeadLetterDriver.".length()))
        .filter(call -> !call.startsWith("page ") && !call.contains("Page "))
        .filter(call -> !call.startsWith("requireTarget "))
        .map(call -> call.replace(" at +PT5S", ""))
        .toList();
  }

  private static DeadLetterQuery most(int max) {
    return DeadLetterQuery.defaults().withMax(max);
  }

  @Test
  void eachChangeCallsItsOwnMethodOfTheDriver() throws InterruptedException {
    assertThat(admin.remove(most(2))).isEqualTo(2);
    assertThat(changes()).containsExactly("remove L0", "remove L1");
    assertThat(admin.redrive(most(2), Duration.ZERO)).isEqualTo(2);
    assertThat(changes()).containsExactly("redrive L0", "redrive L1");
    assertThat(admin.move(most(2), "q", Duration.ZERO)).isEqualTo(2);
    assertThat(changes()).containsExactly("move L0 q", "move L1 q");
  }

  @Test
  void aDriverThatChangesPagesIsAskedForTheSameChangeWithItsTime() throws InterruptedException {
    for (String change : List.of("remove", "redrive", "move")) {
      driver.answers.put(
          "DeadLetterDriver." + change + "Page",
          arguments -> {
            DeadLetterQuery query = (DeadLetterQuery) arguments[0];
            assertThat(arguments[arguments.length - 1]).isEqualTo(5_000_000_000L);
            Page<DeadLetter> page = page(query);
            return Optional.of(
                new Page<>(page.items().stream().map(DeadLetter::id).toList(), page.next()));
          });
    }
    perPage = 200;
    letters = 150;
    assertThat(admin.remove(most(130))).isEqualTo(130);
    assertThat(admin.redrive(most(200), Duration.ZERO)).isEqualTo(150);
    assertThat(admin.move(most(100), "q", Duration.ZERO)).isEqualTo(100);
    List<String> calls = driver.taken();
    assertThat(calls)
        .extracting(call -> call.replaceAll("DeadLetterDriver\\.(\\w+) .*", "$1"))
        .containsExactly(
            "removePage", "removePage", "redrivePage", "redrivePage", "requireTarget", "movePage");
    assertThat(calls.get(5)).contains(" q for PT5S");
  }

  /** The pause comes between two changes, also over the end of a page. */
  @Test
  void thePauseIsBetweenTwoChanges() throws InterruptedException {
    gone.addAll(List.of("L0", "L2"));
    assertThat(admin.redrive(most(100), Duration.ofSeconds(3))).isEqualTo(3);
    assertThat(pauses)
        .as("before L2, L3 and L4; nothing was changed before L1")
        .containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(3));
    assertThat(changes())
        .containsExactly("redrive L0", "redrive L1", "redrive L2", "redrive L3", "redrive L4");
    pauses.clear();
    gone.clear();
    assertThat(admin.move(most(2), "q", Duration.ofSeconds(1))).isEqualTo(2);
    assertThat(pauses).containsExactly(Duration.ofSeconds(1));
    pauses.clear();
    assertThat(admin.remove(most(100))).isEqualTo(5);
    assertThat(pauses).isEmpty();
  }

  /** A letter that is gone does not count against the maximum. */
  @Test
  void theMaximumCountsChangedLetters() throws InterruptedException {
    gone.add("L0");
    assertThat(admin.remove(most(2))).isEqualTo(2);
    assertThat(changes()).containsExactly("remove L0", "remove L1", "remove L2");
  }

  @Test
  void itBeginsAtTheStartOfTheQuery() throws InterruptedException {
    assertThat(admin.remove(most(100).withStart("3"))).isEqualTo(2);
    assertThat(changes()).containsExactly("remove L3", "remove L4");
  }

  @Test
  void aPageWithoutAMatchHasASuccessor() throws InterruptedException {
    driver.answers.put(
        "DeadLetterDriver.page",
        arguments ->
            ((DeadLetterQuery) arguments[0]).start().isEmpty()
                ? new Page<DeadLetter>(List.of(), Optional.of("4"))
                : page((DeadLetterQuery) arguments[0]));
    assertThat(admin.remove(most(100))).isEqualTo(1);
    assertThat(changes()).containsExactly("remove L4");
  }

  @Test
  void aRefusalEndsTheCallAndNamesThePartition() {
    driver.fails("DeadLetterDriver.redrive", new QueueFullException("full", null));
    assertThatThrownBy(() -> admin.redrive(most(100), Duration.ZERO))
        .isInstanceOfSatisfying(
            QueueFullException.class, e -> assertThat(e.partition()).contains("p"));
    assertThat(changes()).containsExactly("redrive L0");
  }

  @Test
  void anInterruptEndsEachCallBeforeTheFirstLetter() {
    List<Change> all =
        List.of(
            (query, between) -> admin.remove(query),
            admin::redrive,
            (query, between) -> admin.move(query, "q", between));
    for (Change change : all) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> change.of(most(100), Duration.ZERO))
          .isInstanceOf(InterruptedException.class);
      assertThat(Thread.interrupted()).as("the flag after the exception").isFalse();
    }
    assertThat(driver.calls).isEmpty();
  }

  /** The letters of the first page are changed, those of the next one are not. */
  @Test
  void anInterruptEndsEachCallBetweenTwoPages() {
    List<Change> all =
        List.of(
            (query, between) -> admin.remove(query),
            admin::redrive,
            (query, between) -> admin.move(query, "q", between));
    for (String change : List.of("removePage", "redrivePage", "movePage")) {
      driver.answers.put(
          "DeadLetterDriver." + change,
          arguments -> {
            Thread.currentThread().interrupt();
            return Optional.of(new Page<>(List.of("L0"), Optional.of("1")));
          });
    }
    for (Change change : all) {
      assertThatThrownBy(() -> change.of(most(100), Duration.ZERO))
          .isInstanceOf(InterruptedException.class);
      assertThat(Thread.interrupted()).as("the flag after the exception").isFalse();
      assertThat(driver.taken())
          .as("pages that were changed")
          .filteredOn(call -> call.contains("Page "))
          .hasSize(1);
    }
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void badArgumentsReachNoDriver() {
    assertThatThrownBy(() -> admin.remove((DeadLetterQuery) null))
        .hasMessageStartingWith("query of dead letters null");
    assertThatThrownBy(() -> admin.redrive(null, Duration.ZERO))
        .hasMessageStartingWith("query of dead letters null");
    assertThatThrownBy(() -> admin.move(null, "q", Duration.ZERO))
        .hasMessageStartingWith("query of dead letters null");
    assertThatThrownBy(() -> admin.page(null)).hasMessageStartingWith("query of dead letters null");
    assertThatThrownBy(() -> admin.redrive(most(1), Duration.ofNanos(-1)))
        .hasMessageStartingWith("time between two redrives");
    assertThatThrownBy(() -> admin.move(most(1), "q", Duration.ofHours(25)))
        .hasMessageStartingWith("time between two redrives");
    assertThatThrownBy(() -> admin.move(most(1), "a b", Duration.ZERO))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> admin.move("9", "a b")).isInstanceOf(InvalidInputException.class);
    for (Runnable call :
        List.<Runnable>of(
            () -> admin.find(null),
            () -> admin.remove((String) null),
            () -> admin.redrive(null),
            () -> admin.move(null, "q"))) {
      assertThatThrownBy(call::run).hasMessage("dead-letter id null: must not be null");
    }
    assertThat(driver.calls).isEmpty();
  }

  /** Another operator may have removed one of them meanwhile. */
  @Test
  void theNumberOfTheOldestThatWereRedrivenCountsNoOther() {
    perPage = 100;
    gone.add("L1");
    assertThat(admin.redriveOldest(3)).isEqualTo(2);
    assertThat(changes()).containsExactly("redrive L0", "redrive L1", "redrive L2");
  }

  @Test
  void aListIsAPage() {
    perPage = 100;
    assertThat(admin.list(3)).extracting(DeadLetter::id).containsExactly("L0", "L1", "L2");
  }
}
