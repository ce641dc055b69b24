"""Eighteen stories in literal postings: minor units, Dr debit, Cr credit; what stands at the end, a credit negative.

`seller_pending:A` is seller A's account. A line without a currency is in the scenario's own.
"""

from __future__ import annotations

from typing import Final

SCENARIOS: Final = {
    "S1 EUR two sellers in one checkout, released and paid out": """
        payment_captured: Dr psp_balance 2490; Cr seller_pending:A 1500; Cr seller_pending:B 990
        psp_fee: Dr psp_fees 61; Cr psp_balance 61
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 150; Cr logistics_revenue 300; Cr seller_available:A 1050
        order_released: Dr seller_pending:B 990; Cr commission_revenue 99; Cr seller_available:B 891
        payout_created: Dr seller_available:A 1050; Cr payout_in_transit:A 1050
        payout_transferred: Dr connected_balance:A 1050; Cr psp_balance 1050
        payout_paid: Dr payout_in_transit:A 1050; Cr connected_balance:A 1050
        payout_created: Dr seller_available:B 891; Cr payout_in_transit:B 891
        payout_transferred: Dr connected_balance:B 891; Cr psp_balance 891
        payout_paid: Dr payout_in_transit:B 891; Cr connected_balance:B 891
        psp_payout_sent: Dr bank_in_transit 488; Cr psp_balance 488
        psp_payout_received: Dr bank 488; Cr bank_in_transit 488
        end: psp_fees 61, commission_revenue -249, logistics_revenue -300, bank 488
    """,
    "S2 EUR a partial refund before release": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        refund_requested: Dr seller_pending:A 500; Cr refund_in_transit 500
        refund_sent: Dr refund_in_transit 500; Cr psp_balance 500
        order_released: Dr seller_pending:A 1000; Cr commission_revenue 100; Cr logistics_revenue 300; Cr seller_available:A 600
        end: psp_balance 1000, commission_revenue -100, logistics_revenue -300, seller_available:A -600
    """,
    "S3 EUR three refunds after the payout, logistics given back with the last": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 180; Cr logistics_revenue 300; Cr seller_available:A 1020
        payout_created: Dr seller_available:A 1020; Cr payout_in_transit:A 1020
        payout_transferred: Dr connected_balance:A 1020; Cr psp_balance 1020
        payout_paid: Dr payout_in_transit:A 1020; Cr connected_balance:A 1020
        refund_requested: Dr seller_available:A 88; Dr commission_revenue 12; Cr refund_in_transit 100
        refund_sent: Dr refund_in_transit 100; Cr psp_balance 100
        refund_requested: Dr seller_available:A 616; Dr commission_revenue 84; Cr refund_in_transit 700
        refund_sent: Dr refund_in_transit 700; Cr psp_balance 700
        refund_requested: Dr seller_available:A 316; Dr commission_revenue 84; Dr logistics_revenue 300; Cr refund_in_transit 700
        refund_sent: Dr refund_in_transit 700; Cr psp_balance 700
        end: psp_balance -1020, seller_available:A 1020
    """,
    "S4 JPY four refunds of a yen order give back exactly the commission": """
        payment_captured: Dr psp_balance 1000; Cr seller_pending:A 1000
        psp_fee: Dr psp_fees 36; Cr psp_balance 36
        order_released: Dr seller_pending:A 1000; Cr commission_revenue 33; Cr seller_available:A 967
        refund_requested: Dr seller_available:A 322; Dr commission_revenue 11; Cr refund_in_transit 333
        refund_sent: Dr refund_in_transit 333; Cr psp_balance 333
        refund_requested: Dr seller_available:A 322; Dr commission_revenue 11; Cr refund_in_transit 333
        refund_sent: Dr refund_in_transit 333; Cr psp_balance 333
        refund_requested: Dr seller_available:A 322; Dr commission_revenue 11; Cr refund_in_transit 333
        refund_sent: Dr refund_in_transit 333; Cr psp_balance 333
        refund_requested: Dr seller_available:A 1; Cr refund_in_transit 1
        refund_sent: Dr refund_in_transit 1; Cr psp_balance 1
        end: psp_balance -36, psp_fees 36
    """,
    "S5 KWD dinars from card and wallet, one of two orders canceled": """
        wallet_topped_up: Dr psp_balance 3000; Cr customer_wallet 3000
        wallet_held: Dr customer_wallet 2345; Cr customer_wallet_held 2345
        payment_captured: Dr psp_balance 10000; Dr customer_wallet_held 2345; Cr seller_pending:A 7000; Cr seller_pending:B 5345
        refund_requested: Dr seller_pending:B 5345; Cr customer_wallet 1015; Cr refund_in_transit 4330
        refund_sent: Dr refund_in_transit 4330; Cr psp_balance 4330
        order_released: Dr seller_pending:A 7000; Cr commission_revenue 508; Cr seller_available:A 6492
        payout_created: Dr seller_available:A 6490; Cr payout_in_transit:A 6490
        payout_transferred: Dr connected_balance:A 6490; Cr psp_balance 6490
        payout_paid: Dr payout_in_transit:A 6490; Cr connected_balance:A 6490
        end: psp_balance 2180, customer_wallet -1670, commission_revenue -508, seller_available:A -2
    """,
    "S6 EUR a payout that fails at the bank, then pays": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 150; Cr logistics_revenue 300; Cr seller_available:A 1050
        payout_created: Dr seller_available:A 1050; Cr payout_in_transit:A 1050
        payout_transferred: Dr connected_balance:A 1050; Cr psp_balance 1050
        transfer_reversed: Dr psp_balance 1050; Cr connected_balance:A 1050
        payout_released: Dr payout_in_transit:A 1050; Cr seller_available:A 1050
        payout_created: Dr seller_available:A 1050; Cr payout_in_transit:A 1050
        payout_transferred: Dr connected_balance:A 1050; Cr psp_balance 1050
        payout_paid: Dr payout_in_transit:A 1050; Cr connected_balance:A 1050
        end: psp_balance 450, commission_revenue -150, logistics_revenue -300
    """,
    "S7 EUR a payout that arrives and is returned": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 150; Cr logistics_revenue 300; Cr seller_available:A 1050
        payout_created: Dr seller_available:A 1050; Cr payout_in_transit:A 1050
        payout_transferred: Dr connected_balance:A 1050; Cr psp_balance 1050
        payout_paid: Dr payout_in_transit:A 1050; Cr connected_balance:A 1050
        payout_returned: Dr connected_balance:A 1050; Cr payout_in_transit:A 1050
        transfer_reversed: Dr psp_balance 1050; Cr connected_balance:A 1050
        payout_released: Dr payout_in_transit:A 1050; Cr seller_available:A 1050
        end: psp_balance 1500, commission_revenue -150, logistics_revenue -300, seller_available:A -1050
    """,
    "S8 EUR a refund that fails after the order was released": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        refund_requested: Dr seller_pending:A 500; Cr refund_in_transit 500
        refund_sent: Dr refund_in_transit 500; Cr psp_balance 500
        order_released: Dr seller_pending:A 1000; Cr commission_revenue 100; Cr logistics_revenue 300; Cr seller_available:A 600
        refund_bounced: Dr psp_balance 500; Cr refund_in_transit 500
        refund_failed: Dr refund_in_transit 500; Cr commission_revenue 50; Cr seller_available:A 450
        end: psp_balance 1500, commission_revenue -150, logistics_revenue -300, seller_available:A -1050
    """,
    "S9 JPY paid after the cancel, the wallet's hold released": """
        wallet_credited: Dr promotions 490; Cr customer_wallet 490
        wallet_held: Dr customer_wallet 490; Cr customer_wallet_held 490
        wallet_hold_released: Dr customer_wallet_held 490; Cr customer_wallet 490
        payment_unapplied: Dr psp_balance 2000; Cr unapplied:pay 2000
        refund_requested: Dr unapplied:pay 2000; Cr refund_in_transit 2000
        refund_sent: Dr refund_in_transit 2000; Cr psp_balance 2000
        end: promotions 490, customer_wallet -490
    """,
    "S10 EUR a dispute over two orders before release, won": """
        payment_captured: Dr psp_balance 2490; Cr seller_pending:A 1500; Cr seller_pending:B 990
        dispute_withdrawn: Dr seller_pending:A 1500; Dr seller_pending:B 990; Dr dispute_fees 2000; Cr psp_balance 4490
        dispute_fee: Dr dispute_fees 2000; Cr psp_balance 2000
        dispute_reinstated: Dr psp_balance 4490; Cr dispute_fees 2000; Cr seller_pending:A 1500; Cr seller_pending:B 990
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 150; Cr logistics_revenue 300; Cr seller_available:A 1050
        order_released: Dr seller_pending:B 990; Cr commission_revenue 99; Cr seller_available:B 891
        end: psp_balance 490, dispute_fees 2000, commission_revenue -249, logistics_revenue -300, seller_available:A -1050, seller_available:B -891
    """,
    "S11 EUR a dispute after the payout, lost, reserve applied, rest written off": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        order_released: Dr seller_pending:A 1500; Cr commission_revenue 150; Cr logistics_revenue 300; Cr seller_reserve:A 100; Cr seller_available:A 950
        payout_created: Dr seller_available:A 950; Cr payout_in_transit:A 950
        payout_transferred: Dr connected_balance:A 950; Cr psp_balance 950
        payout_paid: Dr payout_in_transit:A 950; Cr connected_balance:A 950
        dispute_withdrawn: Dr seller_available:A 1500; Dr dispute_fees 2000; Cr psp_balance 3500
        seller_recharged: Dr seller_available:A 2000; Cr dispute_fees 2000
        reserve_applied: Dr seller_reserve:A 100; Cr seller_available:A 100
        seller_debt_written_off: Dr seller_losses 3400; Cr seller_available:A 3400
        end: psp_balance -2950, commission_revenue -150, logistics_revenue -300, seller_losses 3400
    """,
    "S12 EUR refunded and charged back: the excess is our loss": """
        payment_captured: Dr psp_balance 1500; Cr seller_pending:A 1500
        refund_requested: Dr seller_pending:A 1500; Cr refund_in_transit 1500
        refund_sent: Dr refund_in_transit 1500; Cr psp_balance 1500
        dispute_withdrawn: Dr seller_losses 1500; Dr dispute_fees 750; Cr psp_balance 2250
        end: psp_balance -2250, seller_losses 1500, dispute_fees 750
    """,
    "S13 EUR a bank debit returned after the payout, netted by the next order": """
        payment_captured: Dr psp_balance 4000; Cr seller_pending:A 4000
        psp_fee: Dr psp_fees 35; Cr psp_balance 35
        order_released: Dr seller_pending:A 4000; Cr commission_revenue 400; Cr seller_available:A 3600
        payout_created: Dr seller_available:A 3600; Cr payout_in_transit:A 3600
        payout_transferred: Dr connected_balance:A 3600; Cr psp_balance 3600
        payout_paid: Dr payout_in_transit:A 3600; Cr connected_balance:A 3600
        dispute_withdrawn: Dr seller_available:A 4000; Dr dispute_fees 750; Cr psp_balance 4750
        payment_captured: Dr psp_balance 6000; Cr seller_pending:A 6000
        order_released: Dr seller_pending:A 6000; Cr commission_revenue 600; Cr seller_available:A 5400
        payout_created: Dr seller_available:A 1400; Cr payout_in_transit:A 1400
        payout_transferred: Dr connected_balance:A 1400; Cr psp_balance 1400
        payout_paid: Dr payout_in_transit:A 1400; Cr connected_balance:A 1400
        end: psp_balance 215, psp_fees 35, commission_revenue -1000, dispute_fees 750
    """,
    "S14 EUR a settlement one euro short: claimed, half repaid": """
        payment_captured: Dr psp_balance 2490; Cr seller_pending:A 2490
        psp_claimed: Dr psp_claims 100; Cr psp_balance 100
        psp_fee: Dr psp_fees 61; Cr psp_balance 61
        psp_claim_paid: Dr psp_balance 50; Cr psp_claims 50
        settlement_written_off: Dr settlement_losses 50; Cr psp_claims 50
        end: psp_balance 2379, seller_pending:A -2490, psp_fees 61, settlement_losses 50
    """,
    "S15 EUR an unknown row, explained later, and a cent of rounding": """
        payment_captured: Dr psp_balance 2490; Cr seller_pending:A 2490
        suspense_booked: Dr suspense 300; Cr psp_balance 300
        suspense_cleared: Dr seller_pending:A 300; Cr suspense 300
        rounding_booked: Dr rounding 1; Cr psp_balance 1
        end: psp_balance 2189, seller_pending:A -2190, rounding 1
    """,
    "S16 EUR a charge settled in another currency, part of it converted back": """
        payment_captured: Dr psp_balance 2490; Cr seller_pending:A 2490
        fx_settled: Dr fx_clearing 2490 EUR; Cr psp_balance 2490 EUR; Dr psp_balance 2690 USD; Cr fx_clearing 2690 USD
        psp_fee: Dr psp_fees 80 USD; Cr psp_balance 80 USD
        fx_converted: Dr psp_balance 2000 EUR; Cr fx_clearing 2000 EUR; Dr fx_clearing 2180 USD; Cr psp_balance 2180 USD
        end: psp_balance 2000, seller_pending:A -2490, fx_clearing 490, psp_balance 430 USD, fx_clearing -510 USD, psp_fees 80 USD
    """,
    "S17 JPY an instant payout that fails, its fee given back": """
        payment_captured: Dr psp_balance 11000; Cr seller_pending:A 11000
        order_released: Dr seller_pending:A 11000; Cr commission_revenue 1000; Cr seller_available:A 10000
        payout_fee_charged: Dr seller_available:A 150; Cr payout_fee_revenue 150
        payout_created: Dr seller_available:A 9850; Cr payout_in_transit:A 9850
        payout_transferred: Dr connected_balance:A 9850; Cr psp_balance 9850
        transfer_reversed: Dr psp_balance 9850; Cr connected_balance:A 9850
        payout_released: Dr payout_in_transit:A 9850; Cr seller_available:A 9850
        payout_fee_returned: Dr payout_fee_revenue 150; Cr seller_available:A 150
        end: psp_balance 11000, commission_revenue -1000, seller_available:A -10000
    """,
    "S18 KWD a commission minimum above the order": """
        payment_captured: Dr psp_balance 500; Cr seller_pending:A 500
        order_released: Dr seller_pending:A 500; Cr commission_revenue 500
        end: psp_balance 500, commission_revenue -500
    """,
}
