//! A server that ends while it carries out a promotion.

use crate::fleet::{Fleet, until};
use crate::shops::Shops;

const STATE: &str = ".liftlock/state.db";

#[test]
fn a_server_that_ends_finishes_its_step_and_hands_the_rest_over() {
    let mut shops = Shops::new(STATE, 1);
    shops.world.toggle("deploy-held");
    shops.build();
    let fleet = Fleet::start(&shops.world, STATE, 1);
    let deploying = shops.world.folder().join("deploying-staging-0");
    until("it deploys", || deploying.exists());
    fleet.of(0).signal("TERM");
    until("it takes nothing more", || !fleet.answers(0));
    shops.world.release("deploy-held");
    fleet.end();
    let begun = shops.world.deployments().len();
    assert_eq!(begun, 1, "the deployment was finished");
    let history = shops.run(0, &["history", "--json"]).json();
    let promotions = &history["result"]["promotions"];
    assert_eq!(promotions[0]["status"], "running", "{history}");
    let next = Fleet::start(&shops.world, STATE, 1);
    until("the next one carries it on", || shops.are_through());
    shops.judge();
    assert_eq!(
        shops.world.deployments().len(),
        2,
        "one in each environment"
    );
    next.stop();
}
