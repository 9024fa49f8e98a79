// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test;

import dev.jetlane.inmemory.InMemoryServer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/** Attaches the events of the in-memory queue to the failure of a test. */
public final class EventsOfFailedTests implements TestExecutionListener {

  /** Creates the listener, for Spring. */
  public EventsOfFailedTests() {}

  /** This listener runs before the one that closes the context. */
  @Override
  public void afterTestExecution(TestContext context) {
    Throwable failure = context.getTestException();
    if (failure != null && context.hasApplicationContext()) {
      ObjectProvider<InMemoryServer> servers =
          context.getApplicationContext().getBeanProvider(InMemoryServer.class);
      servers.ifAvailable(server -> failure.addSuppressed(new Events(server)));
    }
  }

  private static final class Events extends Exception {

    private static final long serialVersionUID = 1L;

    Events(InMemoryServer server) {
      super("events of the queue:\n  " + String.join("\n  ", server.events()), null, false, false);
    }
  }
}
