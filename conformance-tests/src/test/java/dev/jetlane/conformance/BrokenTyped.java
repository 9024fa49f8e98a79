// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPartition;
import dev.jetlane.TypedPuller;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Partitions whose typed form has one fault each. */
final class BrokenTyped {

  private BrokenTyped() {}

  static List<Mutant> mutants() {
    return List.of(
        Mutant.ofPartition("TYPED-1", "typed tasks have one header more", BrokenTyped::addsAHeader),
        Mutant.ofPartition("TYPED-2", "undecodable task retried", BrokenTyped::retries),
        Mutant.ofPartition("TYPED-2", "undecodable task acked", BrokenTyped::acks),
        Mutant.ofPartition("TYPED-3", "pull ends at an undecodable task", BrokenTyped::endsPulls),
        Mutant.ofPartition("TYPED-4", "unencodable value stored empty", BrokenTyped::storesEmpty));
  }

  private static class Delegating<T> implements TypedPartition<T> {

    final TypedPartition<T> delegate;

    Delegating(TypedPartition<T> delegate) {
      this.delegate = delegate;
    }

    @Override
    public Partition untyped() {
      return delegate.untyped();
    }

    @Override
    public Task task(String id, T value) {
      return delegate.task(id, value);
    }

    @Override
    public TypedPuller<T> puller(PullOptions options) {
      return delegate.puller(options);
    }

    @Override
    public Worker work(Handler<T> handler, WorkerOptions options) {
      return delegate.work(handler, options);
    }

    @Override
    public Worker workAsync(AsyncHandler<T> handler, WorkerOptions options) {
      return delegate.workAsync(handler, options);
    }
  }

  /** The codec adds a header to the user's headers. */
  static Partition addsAHeader(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public <T> TypedPartition<T> typed(Codec<T> codec) {
        return new Delegating<>(super.typed(codec)) {
          @Override
          public Task task(String id, T value) {
            return super.task(id, value).withHeader("typed", "yes");
          }
        };
      }
    };
  }

  /** The handler decodes, so a decoding error counts as a failure of the handler. */
  static Partition retries(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public <T> TypedPartition<T> typed(Codec<T> codec) {
        return new Delegating<>(super.typed(codec)) {
          @Override
          public Worker work(Handler<T> handler, WorkerOptions options) {
            return untyped()
                .work(
                    delivery -> handler.handle(codec.decode(delivery.payload()), delivery),
                    options);
          }
        };
      }
    };
  }

  /** Undecodable tasks are skipped. */
  static Partition acks(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public <T> TypedPartition<T> typed(Codec<T> codec) {
        return new Delegating<>(super.typed(codec)) {
          @Override
          public Worker work(Handler<T> handler, WorkerOptions options) {
            return untyped()
                .work(
                    delivery -> {
                      T value;
                      try {
                        value = codec.decode(delivery.payload());
                      } catch (Exception e) {
                        delivery.ack();
                        return;
                      }
                      handler.handle(value, delivery);
                    },
                    options);
          }
        };
      }
    };
  }

  /** A pull that received only an undecodable task ends. */
  static Partition endsPulls(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public <T> TypedPartition<T> typed(Codec<T> codec) {
        return new Delegating<>(super.typed(codec)) {
          @Override
          public TypedPuller<T> puller(PullOptions options) {
            return new PlainTypedPuller<>(untyped().puller(options), codec);
          }
        };
      }
    };
  }

  /** An invalid value is stored with an empty payload. */
  static Partition storesEmpty(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public <T> TypedPartition<T> typed(Codec<T> codec) {
        return new Delegating<>(super.typed(codec)) {
          @Override
          public Task task(String id, T value) {
            try {
              return super.task(id, value);
            } catch (InvalidInputException e) {
              return Task.of(id, "");
            }
          }
        };
      }
    };
  }

  /** A puller that decodes the deliveries of one pull. */
  private record PlainTypedPuller<T>(Puller puller, Codec<T> codec) implements TypedPuller<T> {

    @Override
    public List<TypedDelivery<T>> pull(int max, Duration wait) throws InterruptedException {
      return decoded(puller.pull(max, wait));
    }

    @Override
    public CompletableFuture<List<TypedDelivery<T>>> pullAsync(int max, Duration wait) {
      return puller.pullAsync(max, wait).thenApply(this::decoded);
    }

    private List<TypedDelivery<T>> decoded(List<Delivery> pulled) {
      List<TypedDelivery<T>> decoded = new ArrayList<>();
      pulled.forEach(
          delivery -> {
            try {
              decoded.add(new TypedDelivery<>(codec.decode(delivery.payload()), delivery));
            } catch (Exception e) {
              delivery.deadLetter("the payload cannot be decoded");
            }
          });
      return decoded;
    }

    @Override
    public void close() {
      puller.close();
    }
  }
}
