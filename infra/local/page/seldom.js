// Limits how often something is done.

/** Limits `act` to one call per `pause` milliseconds. The first call runs immediately. */
export function seldom(pause, act) {
  let [waiting, again] = [false, false];
  const call = () => {
    again = waiting;
    if (waiting) return;
    waiting = true;
    act();
    setTimeout(() => {
      waiting = false;
      if (again) call();
    }, pause);
  };
  return call;
}
