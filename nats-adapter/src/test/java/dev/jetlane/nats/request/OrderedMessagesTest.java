// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.TaskHeaders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Reads a stream in which each message has a sequence and a size. */
class OrderedMessagesTest {

  private static final int MEGABYTE = 1 << 20;

  private final NavigableSet<Long> stored = new TreeSet<>();
  private int size = 100;
  private int rounds;
  private int requests;
  private int widest;

  private List<@Nullable StoredMessage> answer(List<Long> places) {
    rounds++;
    requests += places.size();
    widest = Math.max(widest, places.size());
    List<@Nullable StoredMessage> answers = new ArrayList<>();
    for (long from : places) {
      Long next = stored.ceiling(from);
      answers.add(next == null ? null : message(next));
    }
    return answers;
  }

  private StoredMessage message(long place) {
    return new StoredMessage(
        "queue.p", place, Instant.EPOCH, TaskHeaders.of(new byte[0]), new byte[size]);
  }

  private OrderedMessages from(long place) {
    return new OrderedMessages((places, deadline) -> answer(places), MEGABYTE, place);
  }

  /** Reads to the end. */
  private List<Long> read(OrderedMessages messages, int wanted) {
    List<Long> read = new ArrayList<>();
    StoredMessage next = messages.next(wanted, 0);
    while (next != null) {
      read.add(next.sequence());
      next = messages.next(wanted, 0);
    }
    return read;
  }

  /** Messages of other partitions, gaps and bursts lie between the messages. */
  @Test
  void eachMessageIsReadOnceAndInOrder() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      stored.clear();
      long place = 1;
      int share = 1 + random.nextInt(40);
      for (int i = random.nextInt(400); i > 0; i--) {
        boolean jumps = random.nextInt(50) == 0;
        place += jumps ? random.nextInt(100_000) : 1 + random.nextInt(share);
        stored.add(place);
      }
      long from = random.nextInt(200);
      assertThat(read(from(from), 1 + random.nextInt(300)))
          .as("seed %d", seed)
          .containsExactlyElementsOf(stored.tailSet(from));
    }
  }

  @Test
  void aStreamOfOnePartitionCostsOneRequestForEachMessage() {
    LongStream.rangeClosed(1, 320).forEach(stored::add);
    OrderedMessages messages = from(1);
    for (int left = 320; left > 0; left--) {
      assertThat(messages.next(left, 0)).isNotNull();
    }
    assertThat(requests).isEqualTo(320);
    assertThat(rounds).isEqualTo(10);
  }

  /** On average every tenth message, as with ten partitions in one stream. */
  @Test
  void aSharedStreamCostsFewRoundsAndFewRequests() {
    Random random = new Random(7);
    LongStream.range(1, 100_000).filter(place -> random.nextInt(10) == 0).forEach(stored::add);
    assertThat(read(from(1), 1_000)).containsExactlyElementsOf(stored);
    assertThat(rounds).isLessThan(stored.size() / 5);
    assertThat(requests).isLessThan(5 * stored.size() / 2);
  }

  @Test
  void noMoreThanWantedIsRequested() {
    LongStream.rangeClosed(1, 100).forEach(stored::add);
    assertThat(from(1).next(3, 0)).isNotNull();
    assertThat(requests).isEqualTo(3);
  }

  @Test
  void theBytesInFlightAreBounded() {
    LongStream.rangeClosed(1, 500).forEach(stored::add);
    size = MEGABYTE;
    OrderedMessages messages = from(1);
    assertThat(messages.next(500, 0)).isNotNull();
    assertThat(widest).as("width before the size is known").isEqualTo(32);
    widest = 0;
    assertThat(read(messages, 500)).hasSize(499);
    assertThat(widest).as("large messages").isEqualTo(4);
  }

  /** A message that is removed between two requests causes no error. */
  @Test
  void aRemovedMessageDoesNotEndTheRead() {
    LongStream.rangeClosed(1, 200).forEach(place -> stored.add(3 * place));
    OrderedMessages messages =
        new OrderedMessages(
            (places, deadline) -> {
              List<@Nullable StoredMessage> answers = answer(places);
              stored.remove(300L);
              return answers;
            },
            MEGABYTE,
            1);
    List<Long> read = read(messages, 50);
    read.remove(300L);
    stored.remove(300L);
    assertThat(read).containsExactlyElementsOf(stored);
  }

  @Test
  void afterTheEndNoMoreIsRequested() {
    stored.add(7L);
    OrderedMessages messages = from(1);
    assertThat(read(messages, 3)).containsExactly(7L);
    int before = requests;
    stored.add(8L);
    assertThat(messages.next(3, 0)).isNull();
    assertThat(requests).isEqualTo(before);
  }

  @Test
  void atMost128RequestsAreSentTogether() {
    LongStream.rangeClosed(1, 1_000).forEach(stored::add);
    OrderedMessages messages = new OrderedMessages((places, deadline) -> answer(places), 1_000, 1);
    assertThat(read(messages, 1_000)).hasSize(1_000);
    assertThat(widest).isEqualTo(128);
    OrderedMessages unlimited = new OrderedMessages((places, deadline) -> answer(places), -1, 1);
    assertThat(unlimited.next(1, 0)).isNotNull();
  }

  /** The next read of the same call has the same deadline. */
  @Test
  void eachReadHasTheDeadlineOfItsCall() {
    LongStream.rangeClosed(1, 3).forEach(stored::add);
    List<Long> deadlines = new ArrayList<>();
    OrderedMessages messages =
        new OrderedMessages(
            (places, deadline) -> {
              deadlines.add(deadline);
              return answer(places);
            },
            MEGABYTE,
            1);
    for (long deadline : new long[] {5, 6, 7}) {
      assertThat(messages.next(1, deadline)).isNotNull();
    }
    assertThat(deadlines).containsExactly(5L, 6L, 7L);
  }

  /** With no message in flight a read would look like the end of the stream. */
  @Test
  void atLeastOneMessageIsRequestedHoweverLargeMessagesAre() {
    LongStream.rangeClosed(1, 5).forEach(stored::add);
    assertThat(read(from(1), 0)).containsExactly(1L, 2L, 3L, 4L, 5L);
    size = 5 * MEGABYTE;
    OrderedMessages messages =
        new OrderedMessages((places, deadline) -> answer(places), 64L * MEGABYTE, 1);
    assertThat(read(messages, 10)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  /** The distances of the sparse part promise few messages, and the caller wants eight. */
  @Test
  void aDensePartAfterASparseOneIsReadInSmallSteps() {
    LongStream.rangeClosed(1, 20).forEach(place -> stored.add(1_000 * place));
    LongStream.range(20_001, 22_000).forEach(stored::add);
    OrderedMessages messages = from(1);
    for (int i = 0; i < stored.size(); i++) {
      int before = requests;
      assertThat(messages.next(8, 0)).isNotNull();
      assertThat(requests - before).as("requests of message %d", i).isLessThanOrEqualTo(4 * 8);
    }
  }
}
