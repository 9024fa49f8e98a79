package dev.jetlane.conformance.run;

import dev.jetlane.conformance.report.Ledger;
import net.jqwik.api.lifecycle.AfterContainerHook;
import net.jqwik.api.lifecycle.ContainerLifecycleContext;

/** Says at the end of a suite how much stands behind its result, and what was left out. */
public final class SuiteSummary implements AfterContainerHook {

  @Override
  public void afterContainer(ContainerLifecycleContext context) {
    context
        .optionalContainerClass()
        .flatMap(suite -> Ledger.summary(suite.getSimpleName()))
        .ifPresent(System.out::println);
  }
}
