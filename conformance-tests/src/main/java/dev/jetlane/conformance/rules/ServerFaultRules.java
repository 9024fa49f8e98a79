// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CRASHES;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.FAULTS;
import static dev.jetlane.conformance.harness.Capability.FULL_STORAGE;
import static dev.jetlane.conformance.harness.Capability.REFUSED_LOGINS;
import static dev.jetlane.conformance.harness.Capability.RESTARTS;
import static dev.jetlane.conformance.harness.Capability.SILENCE;

import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.DuringFault;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.WithoutPrefetch;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Rules of the faults of a whole server: the result of a call during the fault, and the state of
 * the task after the repair. Each plan makes one call during the fault.
 */
public interface ServerFaultRules extends Rules {

  /** Leases that outlast the timeout of a request and the start of a server. */
  Settings LEASES = Settings.PLAIN.withLeaseTicks(80);

  @Example
  @Requires({FAULTS, SILENCE, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-22 A call to a silent server MUST end by its deadline with an unknown outcome, "
          + "and MUST take effect once")
  default void callsEndOnASilentServer() throws Exception {
    rules().check(during(ServerFault.SILENT));
  }

  @Example
  @Requires({FAULTS, RESTARTS, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-23 A call during a restart of the server MUST report its failure, and MUST take "
          + "effect once when it is repeated")
  default void callsAreRepeatableAfterARestart() throws Exception {
    rules().check(during(ServerFault.RESTARTED));
  }

  @Example
  @Requires({FAULTS, CRASHES, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-24 A call after a crash of the server MUST report its failure, and MUST take "
          + "effect once when it is repeated")
  default void callsAreRepeatableAfterACrash() throws Exception {
    rules().check(during(ServerFault.CRASHED));
  }

  @Example
  @Requires({FAULTS, REFUSED_LOGINS, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-25 A call MUST report its failure while the server refuses the credentials, and "
          + "the queue MUST work again when the server accepts them")
  default void refusedLoginIsReported() throws Exception {
    rules().check(during(ServerFault.LOGIN_REFUSED));
  }

  @Example
  @Requires({FAULTS, FULL_STORAGE, DEAD_LETTERS})
  @WithoutPrefetch
  @Label(
      "FAULT-26 A server without space MUST refuse new tasks, MUST NOT lose stored tasks, "
          + "and MUST still deliver and settle them")
  default void fullServerKeepsItsTasks() throws Exception {
    rules().check(during(ServerFault.OUT_OF_SPACE));
  }

  @Property
  @Requires({FAULTS, SILENCE})
  @WithoutPrefetch
  @Label("FAULT-27 Faults of the server MUST NOT lose a task, and MUST NOT let two workers hold it")
  default void serverFaultsLoseNoTask(@ForAll("plansWithServerFaults") Batch plans)
      throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> plansWithServerFaults() {
    Step push = new Step.Push(0, false);
    // A plan tests nothing if it stores no task or the server has no fault.
    Step fault = new DuringFault(ServerFault.SILENT, push);
    int steps = rules().isWide() ? 10 : 4;
    return rules()
        .batches(RandomPlans.withServerFaults(steps).map(plan -> plan.after(push, fault)));
  }

  private static Batch during(ServerFault fault) {
    List<Plan> plans = new ArrayList<>();
    plans.add(script().then(new DuringFault(fault, new Step.Push(0, false))).pull(1).plan());
    for (Verb verb : List.of(Verb.ACK, Verb.NAK, Verb.EXTEND, Verb.DEAD_LETTER)) {
      Step settle = new Step.Settle(verb, 0, Among.OPEN);
      // A server writes a delivery some time later.
      Script held = script().push(2).pull(1).advance(10);
      plans.add(held.then(new DuringFault(fault, settle)).pull(2).plan());
    }
    if (fault != ServerFault.SILENT) {
      plans.add(script().push(2).then(new DuringFault(fault, new Step.Pull(0, 0, 1))).plan());
    }
    return new Batch(plans);
  }

  private static Script script() {
    return new Script(LEASES);
  }
}
