package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import dev.jetlane.driver.DeadLetterDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Redrives of many letters from a queue that shows two of them at a time. */
class ClientDeadLetterAdminTest {

  private static final int LETTERS = 5;

  private final List<String> redriven = new ArrayList<>();

  private final DeadLetterDriver driver =
      new DeadLetterDriver() {
        @Override
        public Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos) {
          int from = query.start().map(Integer::parseInt).orElse(0);
          int to = Math.min(LETTERS, from + Math.min(2, query.max()));
          return new Page<>(
              IntStream.range(from, to).mapToObj(ClientDeadLetterAdminTest::letter).toList(),
              to == LETTERS ? Optional.empty() : Optional.of(Integer.toString(to)));
        }

        @Override
        public boolean redrive(String id, long deadlineNanos) {
          redriven.add(id);
          return true;
        }

        @Override
        public Optional<DeadLetter> find(String id, long deadlineNanos) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(String id, long deadlineNanos) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean move(String id, String partition, long deadlineNanos) {
          throw new UnsupportedOperationException();
        }

        @Override
        public long purge(long deadlineNanos) {
          throw new UnsupportedOperationException();
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
    assertThat(admin.redrive(DeadLetterQuery.defaults(), Duration.ZERO)).isEqualTo(LETTERS);
    assertThat(redriven).hasSize(LETTERS).doesNotHaveDuplicates();
  }

  @Test
  void noMoreThanWereAskedForAlsoOverPages() throws InterruptedException {
    assertThat(admin.redrive(DeadLetterQuery.defaults().withMax(3), Duration.ZERO)).isEqualTo(3);
    assertThat(redriven).containsExactly("letter-0", "letter-1", "letter-2");
  }
}
