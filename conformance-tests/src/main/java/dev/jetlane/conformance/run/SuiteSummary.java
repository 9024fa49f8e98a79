// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.conformance.report.Ledger;
import net.jqwik.api.lifecycle.AfterContainerHook;
import net.jqwik.api.lifecycle.ContainerLifecycleContext;

/** Prints at the end of a suite its evidence and the rules that did not run. */
public final class SuiteSummary implements AfterContainerHook {

  @Override
  public void afterContainer(ContainerLifecycleContext context) {
    context
        .optionalContainerClass()
        .flatMap(suite -> Ledger.summary(suite.getSimpleName()))
        .ifPresent(System.out::println);
  }
}
