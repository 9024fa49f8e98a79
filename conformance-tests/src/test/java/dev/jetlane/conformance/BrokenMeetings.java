// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Queues with faults where a call coincides with an interrupt, a close, or another operator. */
final class BrokenMeetings {

  private BrokenMeetings() {}

  /** Found by the rule of the close. */
  static Mutant pushIsStoredAndRefused() {
    return Mutant.ofQueue("LIFE-12", "refused push is stored", BrokenMeetings::refusesWhatItStored);
  }

  /** Found by random plans, under these rules. */
  static List<Mutant> inRandomPlans() {
    return List.of(
        pushIsStoredAndRefused(),
        Mutant.ofPartition("LIFE-11", "interrupt is swallowed", BrokenMeetings::swallowsInterrupts),
        Mutant.ofDelivery("LIFE-11", "interrupt ends an ack", BrokenMeetings::isInterrupted),
        Mutant.ofLetters("DEAD-15", "every removal succeeds", BrokenMeetings::removesAgain));
  }

  /** The calls of a client whose close takes a moment. */
  private abstract static class Closing extends DelegatingQueue {
    private final CountDownLatch closing;

    Closing(TaskQueue queue, CountDownLatch closing, Layers layers) {
      super(queue, layers);
      this.closing = closing;
    }

    @Override
    public void close() {
      closing.countDown();
      giveTime();
      super.close();
    }

    private static void giveTime() {
      try {
        boolean unused = new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static TaskQueue refusesWhatItStored(TaskQueue queue) {
    CountDownLatch closing = new CountDownLatch(1);
    return new Closing(
        queue,
        closing,
        Layers.ofPartition(
            partition ->
                new DelegatingPartition(partition) {
                  @Override
                  public PushReceipt push(Task task) {
                    PushReceipt receipt = super.push(task);
                    refuseIf(closing);
                    return receipt;
                  }
                })) {};
  }

  /** The close waits for the call, which then reports a refusal. */
  static TaskQueue refusesWhatIsDead(
      TaskQueue queue, CountDownLatch called, CountDownLatch closing) {
    Layers layers =
        Layers.ofDelivery(
            delivery ->
                new DelegatingDelivery(delivery) {
                  @Override
                  public Settlement deadLetter(String reason) {
                    Settlement unused = super.deadLetter(reason);
                    called.countDown();
                    await(closing);
                    throw new QueueClosedException("the queue was closed meanwhile", null);
                  }
                });
    return new DelegatingQueue(queue, layers) {
      @Override
      public void close() {
        closing.countDown();
        await(called);
        super.close();
      }
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the call and the close did not meet within 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refuseIf(CountDownLatch closing) {
    if (closing.getCount() == 0) {
      throw new QueueClosedException("the queue was closed meanwhile", null);
    }
  }

  private static Partition swallowsInterrupts(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public PushReceipt push(Task task) {
        boolean unused = Thread.interrupted();
        return super.push(task);
      }
    };
  }

  /** An ack of unknown outcome that took effect, whose repetition is refused. */
  private static Delivery isInterrupted(Delivery delivery) {
    return new DelegatingDelivery(delivery) {
      @Override
      public Settlement ack() {
        if (Thread.interrupted()) {
          throw new OutcomeUnknownException("interrupted, and forgotten", null);
        }
        return super.ack();
      }
    };
  }

  private static DeadLetterAdmin removesAgain(DeadLetterAdmin letters) {
    return new BrokenLetters.Delegating(letters) {
      @Override
      public boolean remove(String id) {
        boolean unused = super.remove(id);
        return true;
      }
    };
  }
}
