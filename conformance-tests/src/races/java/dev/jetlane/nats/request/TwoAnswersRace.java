// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.MessageHandler;
import io.nats.client.impl.NatsMessage;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A request with two answers leaves the table once, and completes. */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "once")
@Outcome(expect = Expect.FORBIDDEN, desc = "twice, or never")
@State
public class TwoAnswersRace {

  private static final String INBOX = "_INBOX.race";
  private static volatile @Nullable MessageHandler handler;
  private static final RequestTable TABLE = open();

  private final AtomicInteger released = new AtomicInteger();
  private final Asked request = new Asked(released);

  public TwoAnswersRace() {
    var unused =
        TABLE.send(request, Urgency.PIPELINED, System.nanoTime() + Duration.ofHours(1).toNanos());
  }

  @Actor
  public void answer() {
    come("yes");
  }

  @Actor
  public void refuse() {
    come("no");
  }

  @Arbiter
  public void count(IZ_Result result) {
    result.r1 = released.get();
    result.r2 = request.isDone();
  }

  private void come(String answer) {
    MessageHandler reader = handler;
    if (reader == null) {
      return;
    }
    String subject = INBOX + "." + request.token;
    try {
      reader.onMessage(NatsMessage.builder().subject(subject).data(answer).build());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RequestTable open() {
    Wire wire = new Wire();
    wire.bind(proxy(Connection.class));
    return new RequestTable(wire, new QueueTimer("two-answers-race"), Duration.ofMinutes(2));
  }

  private static <T> T proxy(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            TwoAnswersRace.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getStatus" -> Connection.Status.CONNECTED;
                  case "getMaxPayload" -> 1_000_000L;
                  case "createInbox" -> INBOX;
                  case "createDispatcher" -> proxy(Dispatcher.class);
                  case "subscribe" -> {
                    handler = (MessageHandler) arguments[1];
                    yield null;
                  }
                  case "hashCode" -> 1;
                  case "equals" -> proxy == arguments[0];
                  default -> null;
                }));
  }

  private static final class Asked extends Request<String> {

    private final AtomicInteger released;

    Asked(AtomicInteger released) {
      super(Repeat.NEVER, Completion.none());
      this.released = released;
    }

    @Override
    public String subject() {
      return "asked";
    }

    @Override
    public byte[] body() {
      return new byte[0];
    }

    @Override
    protected String describe() {
      return "a request";
    }

    @Override
    protected Answer<String> read(byte[] answer, int from, int length) {
      return length == "yes".length()
          ? Answer.value("yes")
          : Answer.error(new OutcomeUnknownException("no", null));
    }

    @Override
    protected void released(@Nullable TaskQueueException error) {
      released.incrementAndGet();
    }
  }
}
