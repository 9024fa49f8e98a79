// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ways to wait for a task that are compared. */
public enum WaitRival {
  /** The queue as it is by default: a pull that waits. */
  JETLANE("jetlane, pull(1)"),
  /** The queue with 500 prefetched: its request is always open. */
  JETLANE_PREFETCH("jetlane, prefetch 500, pull(1)"),
  /** A worker with one handler and all defaults. */
  WORKER("jetlane worker, push to handler"),
  /** jnats {@code fetch(1)}. */
  JNATS_FETCH("jnats fetch(1)"),
  /** jnats {@code consume()}, whose request is always open. */
  JNATS_CONSUME("jnats consume"),
  /** Two look-ups before each pull, as ArmoniK's C# queue does. */
  LOOK_UP_EACH_PULL("C#-style, 2 look-ups a pull"),
  /** The practical limit. */
  SOCKET("socket limit");

  private static final Duration WAIT = Duration.ofSeconds(10);

  private final String label;

  WaitRival(String label) {
    this.label = label;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  Waiter open(Target target, Place place) throws Exception {
    return switch (this) {
      case JETLANE -> jetlane(target, place, 0);
      case JETLANE_PREFETCH -> jetlane(target, place, 500);
      case WORKER -> worker(target, place);
      case JNATS_FETCH -> fetch(target, place);
      case JNATS_CONSUME -> consume(target, place);
      case LOOK_UP_EACH_PULL -> lookUp(target, place);
      case SOCKET -> socket(target, place);
    };
  }

  private static Waiter jetlane(Target target, Place place, int prefetch) {
    TaskQueue queue = target.connect();
    Puller puller =
        queue
            .partition(place.partition())
            .puller(PullOptions.defaults().withPrefetch(prefetch).withConfirmAcks(false));
    return new Waiter() {
      @Override
      public void run(Arrivals arrivals) throws Exception {
        while (true) {
          for (Delivery delivery : puller.pull(1, WAIT)) {
            arrivals.arrived();
            delivery.ack();
            arrivals.settled();
          }
        }
      }

      @Override
      public void close() {
        queue.close();
      }
    };
  }

  private static Waiter worker(Target target, Place place) {
    TaskQueue queue = target.connect();
    Partition partition = queue.partition(place.partition());
    return new Waiter() {

      private volatile @Nullable Worker worker;

      @Override
      public void run(Arrivals arrivals) {
        worker =
            partition.work(
                delivery -> {
                  arrivals.arrived();
                  delivery.ack();
                  arrivals.settled();
                },
                WorkerOptions.concurrency(1));
      }

      @Override
      public void close() {
        Worker running = worker;
        if (running != null) {
          running.close();
        }
        queue.close();
      }
    };
  }

  /** The common part of the rivals over plain jnats. */
  private abstract static class OverJnats implements Waiter {

    final Connection connection;
    private volatile boolean closed;

    OverJnats(Target target) throws Exception {
      connection = Connections.open(target);
    }

    final boolean open() {
      return !closed;
    }

    static void take(@Nullable Message message, Arrivals arrivals) throws InterruptedException {
      if (message != null) {
        arrivals.arrived();
        message.ack();
        arrivals.settled();
      }
    }

    @Override
    public void close() {
      closed = true;
      Connections.close(connection);
    }
  }

  private static Waiter fetch(Target target, Place place) throws Exception {
    return new OverJnats(target) {
      @Override
      public void run(Arrivals arrivals) throws Exception {
        JetStreamSubscription pull =
            connection
                .jetStream()
                .subscribe(null, PullSubscribeOptions.fastBind(place.stream(), place.consumer()));
        while (open()) {
          for (Message message : pull.fetch(1, WAIT)) {
            take(message, arrivals);
          }
        }
      }
    };
  }

  private static Waiter consume(Target target, Place place) throws Exception {
    return new OverJnats(target) {
      @Override
      public void run(Arrivals arrivals) throws Exception {
        connection
            .getConsumerContext(place.stream(), place.consumer())
            .consume(
                ConsumeOptions.builder().batchSize(JnatsStreams.AHEAD).build(),
                message -> take(message, arrivals));
      }
    };
  }

  private static Waiter lookUp(Target target, Place place) throws Exception {
    return new OverJnats(target) {
      @Override
      public void run(Arrivals arrivals) throws Exception {
        while (open()) {
          take(
              connection
                  .getStreamContext(place.stream())
                  .getConsumerContext(place.consumer())
                  .next(WAIT),
              arrivals);
        }
      }
    };
  }

  private static Waiter socket(Target target, Place place) throws Exception {
    Wire wire = new Wire(target.url());
    byte[] subject = SocketPull.pullSubject(place);
    byte[] address = wire.address("pulled");
    byte[] request = Wire.ascii("{\"batch\":1000000,\"expires\":3600000000000}");
    return new Waiter() {
      @Override
      public void run(Arrivals arrivals) throws Exception {
        wire.publish(subject, address, request);
        while (true) {
          wire.next();
          arrivals.arrived();
          wire.answer(new byte[0], Wire.ascii("+ACK"));
          wire.flush();
          arrivals.settled();
        }
      }

      @Override
      public void close() throws Exception {
        wire.close();
      }
    };
  }
}
