// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.conformance.harness.Capability;
import java.util.Optional;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.opentest4j.TestAbortedException;

/**
 * Finds the rule of a property, and skips the property if a capability is missing. Afterwards fails
 * a property that never tested its rule.
 */
public final class RuleHook implements AroundPropertyHook, SkipExecutionHook {

  private static final Capability[] NOTHING = {};

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  @Override
  public SkipResult shouldBeSkipped(LifecycleContext context) {
    if (!(context instanceof PropertyLifecycleContext property)
        || !(property.testInstance() instanceof Rules instance)) {
      return SkipResult.doNotSkip();
    }
    RuleRun run = instance.rules();
    run.begin(ruleOf(property));
    Optional<String> reason =
        run.reasonToSkip(
            context.findAnnotation(Requires.class).map(Requires::value).orElse(NOTHING),
            context.findAnnotation(WithoutPrefetch.class).isPresent());
    reason.ifPresent(said -> run.skip(said, property.containerClass()));
    return reason.map(said -> SkipResult.skip("not run: " + said)).orElse(SkipResult.doNotSkip());
  }

  /** The label of a property begins with the id of its rule. */
  private static String ruleOf(PropertyLifecycleContext context) {
    return context.label().split(" ", 2)[0];
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) throws Throwable {
    if (!(context.testInstance() instanceof Rules instance)) {
      return property.execute();
    }
    RuleRun run = instance.rules();
    run.begin(ruleOf(context));
    PropertyExecutionResult result = property.execute();
    PropertyExecutionResult.Status status = result.status();
    boolean sawNothing = status != PropertyExecutionResult.Status.FAILED && run.sawNothing();
    if (sawNothing && run.leasesAhead()) {
      run.skip(RuleRun.NOT_SEEN, context.containerClass());
      return result.mapToAborted(new TestAbortedException("not run: " + RuleRun.NOT_SEEN));
    }
    run.end(status.name(), context.containerClass());
    if (sawNothing) {
      return result.mapToFailed(
          run.rule() + " was never tested: no try of its property gave a verdict");
    }
    if (status != PropertyExecutionResult.Status.FAILED
        && run.hasTooManyDiscards(context.containerClass())) {
      return result.mapToFailed(
          "more than a fifth of this suite's tries showed nothing: the machine is too busy");
    }
    return result;
  }
}
